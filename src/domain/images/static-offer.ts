import type { CatalogueNode } from './catalogue';
import { collectionOf } from './collection';
import { type KnownImage, pinnedReferenceOf } from './image';
import { firstByDigest, firstByTag } from './image-index';
import type { ImageOffer } from './image-offer';
import type { MenuEntry } from './menu';
import { parseReference } from './reference';
import { parseTag } from './tag-grammar';

/** One image of a fixed list. */
export interface ConfiguredImage {
  /** Unique name for people. */
  readonly name: string;
  /** `registry/repository:tag`, with `@digest` where it shall not move. */
  readonly reference: string;
}

/** A fixed list of images, in the order of menus. */
export interface StaticSource {
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
