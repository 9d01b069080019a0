import type { CatalogueNode } from './catalogue';
import type { ImageCollection } from './collection';
import type { KnownImage } from './image';
import type { MenuEntry } from './menu';

/** Where offered images come from: one repository of a registry, or a fixed list. */
export type OfferSource =
  | { readonly type: 'docker' | 'google'; readonly registry: string; readonly repository: string }
  | { readonly type: 'static' };

/** The recommended tag is not in the repository, or it is and `cycle` leaves it out. */
export type RecommendedProblem = 'unknown-tag' | 'other-cycle';

/** Everything that is offered to users, computed once from what is known and what is configured. */
export interface ImageOffer {
  readonly source: OfferSource;
  readonly all: ImageCollection;
  /** What is kept on all nodes; classes of images are looked up here. */
  readonly prepull: ImageCollection;
  /** Radio buttons of the form. */
  readonly menu: readonly MenuEntry[];
  /** Drop-down of the form. */
  readonly dropdown: readonly MenuEntry[];
  readonly recommended: KnownImage | null;
  /** Why there is no recommended image, for operators; null when there is one, or none is wanted. */
  readonly recommendedProblem: RecommendedProblem | null;
  readonly latestRelease: KnownImage | null;
  readonly latestWeekly: KnownImage | null;
  readonly latestDaily: KnownImage | null;
  readonly nodes: readonly CatalogueNode[];
  /**
   * The image that a tag of a Docker repository would be that is not among `all`, where tags were left out: only the
   * registry knows whether there is one. Null for a tag that the configuration does not let in.
   */
  readonly unlisted?: ((tag: string) => KnownImage | null) | undefined;
}
