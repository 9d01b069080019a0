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
}

/** The choices of a user; null when they may not spawn, or there is no size within their quota, or no image. */
export function formFor(
  { username, quota }: Pick<User, 'username' | 'quota'>,
  settings: { readonly sizes: readonly OfferedSize[]; readonly defaultSize: LabSize | null },
  menu: ImageMenu,
): FormModel | null {
  const sizes = settings.sizes.filter(({ resources }) => fitsQuota(resources.limits, quota));
  const chosen = sizes.find(({ size }) => size === settings.defaultSize) ?? sizes[0];
  const hasImages = menu.images.length > 0 || menu.dropdown.length > 0;
  if (quota?.spawn === false || chosen === undefined || !hasImages) return null;
  return { username, ...menu, sizes, defaultSize: chosen.size };
}
