import type { ImageMenu } from '../../domain/images/offer';
import type { LabSize } from '../../domain/lab-plan';
import type { LabResources } from '../../domain/resources';
import { fitsQuota } from '../../domain/resources';
import type { User } from '../../domain/user';

/** A size that labs can have. */
export interface OfferedSize {
  readonly size: LabSize;
  readonly resources: LabResources;
}

/** All choices of the form. */
export interface FormModel extends ImageMenu {
  readonly username: string;
  readonly sizes: readonly OfferedSize[];
  /** One of the sizes. */
  readonly defaultSize: LabSize;
  /** What a user whose home directory was full can do; null where that is not checked. */
  readonly fullHome: FullHomeChoices | null;
}

/** What a user can do about a full home directory. */
export interface FullHomeChoices {
  /** Whether labs can be started all the same by choice. */
  readonly canStart: boolean;
  /** Page of the user's file server; null where there is none. */
  readonly filesUrl: string | null;
}

/** The choices of a user; null when they may not spawn, or there is no size within their quota, or no image. */
export function formFor(
  { username, quota }: Pick<User, 'username' | 'quota'>,
  settings: { readonly sizes: readonly OfferedSize[]; readonly defaultSize: LabSize | null },
  menu: ImageMenu,
  fullHome: FullHomeChoices | null = null,
): FormModel | null {
  const sizes = settings.sizes.filter(({ resources }) => fitsQuota(resources.limits, quota));
  const chosen = sizes.find(({ size }) => size === settings.defaultSize) ?? sizes[0];
  const hasImages = menu.images.length > 0 || menu.dropdown.length > 0;
  if (quota?.spawn === false || chosen === undefined || !hasImages) return null;
  return { username, ...menu, sizes, defaultSize: chosen.size, fullHome };
}
