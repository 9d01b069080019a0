import { type CatalogueNode, eligibleNames, type ImageCatalogue } from './catalogue';
import { collectionOf, hideAliased, type ImageCollection, withoutArchitectures } from './collection';
import { filterTags, type ImageFilters } from './dropdown-filter';
import {
  firstByDigest,
  firstByTag,
  isCachedOn,
  type KnownImage,
  parseReference,
  pinnedReferenceOf,
} from './image';
import type { ImageType } from './image-tag';
import { knownImages, type TagSettings, unlistedImages } from './known-images';
import { type PrepullSettings, prepullSet } from './prepull-selection';
import { parseTag } from './tag-grammar';

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

/** What the configuration says of images. */
export interface OfferSettings {
  readonly images: TagSettings &
    PrepullSettings & { readonly source: { readonly type: 'docker' | 'google' } | StaticSource };
  readonly dropdownMenu: ImageFilters;
}

/**
 * What is offered of a catalogue; `nowMs` decides which images are too old for the drop-down. Of a catalogue beside
 * a fixed list only the nodes count.
 *
 * @throws Error for a fixed list that cannot be used.
 */
export function offerOf(catalogue: ImageCatalogue, settings: OfferSettings, nowMs: number): ImageOffer {
  const { images } = settings;
  const { source } = images;
  const { registry, repository, tags, nodes } = catalogue;
  if (source.type === 'static') return staticOffer(source, nodes);
  const all = knownImages(catalogue, images);
  const prepull = prepullSet(all, images);
  const recommended = prepull.byTag.get(images.recommendedTag) ?? null;
  const isThere = tags.some(({ tag }) => tag === images.recommendedTag);
  const eligible = eligibleNames(nodes);
  return {
    source: { type: source.type, registry, repository },
    all,
    prepull,
    menu: menuOf(prepull, recommended, eligible),
    dropdown: dropdownOf(all, settings.dropdownMenu, eligible, nowMs),
    recommended,
    recommendedProblem: recommended ? null : isThere ? 'other-cycle' : 'unknown-tag',
    latestRelease: latest(prepull, 'Release'),
    latestWeekly: latest(prepull, 'Weekly'),
    latestDaily: latest(prepull, 'Daily'),
    nodes,
    unlisted: catalogue.leftOut && source.type === 'docker' ? unlistedImages(catalogue, images) : undefined,
  };
}

/** The newest of a type; one for a single architecture only if there is no other. */
function latest({ images }: ImageCollection, type: ImageType): KnownImage | null {
  const candidates = images.filter((image) => image.type === type);
  return candidates.find(({ architecture }) => architecture === null) ?? candidates[0] ?? null;
}

/** One image of a fixed list. */
export interface ConfiguredImage {
  /** Unique name for people. */
  readonly name: string;
  /** `registry/repository:tag`, with `@digest` where it shall not move. */
  readonly reference: string;
}

/** A fixed list of images, in the order of menus. */
interface StaticSource {
  readonly type: 'static';
  readonly images: readonly ConfiguredImage[];
  /** Name of one of them. */
  readonly recommended: string | null;
}

/**
 * Offers a fixed list, all of it by radio buttons and in the drop-down. Nothing of it is prepulled, so that what is
 * on which node is not known, and nothing is said to be uncached.
 *
 * @throws Error for a reference that is none, and for a recommended image that is not listed.
 */
export function staticOffer(
  { images, recommended }: StaticSource,
  nodes: readonly CatalogueNode[],
): ImageOffer {
  const known = images.map(toKnownImage);
  const recommendedImage = known.find(({ displayName }) => displayName === recommended) ?? null;
  if (recommended !== null && recommendedImage === null) {
    throw new Error(`the recommended image "${recommended}" is not in the list of images`);
  }
  const others = known.filter((image) => image !== recommendedImage);
  return {
    source: { type: 'static' },
    all: { images: known, byTag: firstByTag(known), byDigest: firstByDigest(known) },
    prepull: collectionOf([]),
    menu: (recommendedImage ? [recommendedImage, ...others] : known).map(entryOf),
    dropdown: known.map(entryOf),
    recommended: recommendedImage,
    recommendedProblem: null,
    latestRelease: null,
    latestWeekly: null,
    latestDaily: null,
    nodes,
  };
}

const entryOf = (image: KnownImage): MenuEntry => ({
  reference: pinnedReferenceOf(image),
  name: image.displayName,
  isCached: true,
});

function toKnownImage({ name, reference: text }: ConfiguredImage): KnownImage {
  const reference = parseReference(text);
  if (!reference) throw new Error(`"${text}" is not a Docker reference`);
  const { registry, repository, tag, digest } = reference;
  return {
    ...parseTag(tag ?? ''),
    tag: tag ?? '',
    displayName: name,
    registry,
    repository,
    digest,
    size: null,
    aliases: [],
    aliasTarget: null,
    nodes: [],
  };
}
