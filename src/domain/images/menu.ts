import { hideAliased, type ImageCollection, withoutArchitectures } from './collection';
import { filterTags, type ImageFilters } from './dropdown-filter';
import { isCachedOn, type KnownImage, pinnedReferenceOf } from './image';

/** One image of the spawn form. */
export interface MenuEntry {
  /** What the form sends: with a digest where one is known. */
  readonly reference: string;
  /** For people. */
  readonly name: string;
  /** Whether it is on every eligible node, so that a lab starts without a pull. */
  readonly isCached: boolean;
}

/** An image as the form shows it. */
export function menuEntry(image: KnownImage, eligibleNodes: readonly string[]): MenuEntry {
  return {
    reference: pinnedReferenceOf(image),
    name: image.displayName,
    isCached: isCachedOn(image, eligibleNodes),
  };
}

/**
 * The radio buttons: first the recommended image, cached or not, then those of the prepull set that are on every
 * eligible node. Images that an alias stands for are shown under the alias only.
 */
export function menuOf(
  prepull: ImageCollection,
  recommended: KnownImage | null,
  eligibleNodes: readonly string[],
): MenuEntry[] {
  const others = withoutArchitectures(hideAliased(prepull))
    .filter(({ tag }) => tag !== recommended?.tag)
    .map((image) => menuEntry(image, eligibleNodes))
    .filter(({ isCached }) => isCached);
  return recommended ? [menuEntry(recommended, eligibleNodes), ...others] : others;
}

/** The drop-down: all images that the filters let through, in the order of menus. */
export function dropdownOf(
  { images }: ImageCollection,
  filters: ImageFilters,
  eligibleNodes: readonly string[],
  nowMs: number,
): MenuEntry[] {
  return filterTags(withoutArchitectures(images), filters, nowMs).map((image) =>
    menuEntry(image, eligibleNodes),
  );
}

/** The images that users choose from, in the order in which they are shown. */
export interface ImageMenu {
  /** Offered before all others; the recommended one first. */
  readonly images: readonly MenuEntry[];
  /** Everything else that may be spawned, and the same images once more. */
  readonly dropdown: readonly MenuEntry[];
}
