import type { KnownImage } from './image';
import { firstByDigest, firstByTag } from './image';
import { sortTags } from './image-tag';
import { aliasName } from './tag-grammar';

/** Images that are looked up, listed and aliased together. */
export interface ImageCollection {
  /** In the order of menus. */
  readonly images: readonly KnownImage[];
  /** By exact tag. */
  readonly byTag: ReadonlyMap<string, KnownImage>;
  /** Of each digest the image that its aliases stand for, or the first alias where only aliases have it. */
  readonly byDigest: ReadonlyMap<string, KnownImage>;
}

/** Maximum number of aliases stored per image. */
const MAX_ALIASES = 100;

/** Whether an image may be an alias of a concrete one. */
const isPossibleAlias = ({ type }: KnownImage) => type === 'Alias' || type === 'Unknown';

/**
 * Collects images: finds those that are the same, and resolves aliases. Of several concrete images with one digest
 * the first given is what aliases stand for; of several images with one tag the first counts. Aliases
 * outside of the collection that images already have are kept.
 */
export function collectionOf(images: readonly KnownImage[]): ImageCollection {
  const first = firstByTag(images);
  const unique = images.filter((image) => first.get(image.tag) === image);
  const primaries = firstByDigest([
    ...unique.filter((image) => !isPossibleAlias(image)),
    ...unique.filter(isPossibleAlias),
  ]);
  const same = Map.groupBy(unique, ({ digest }) => digest);
  const collected = sortTags(
    unique.map((image) => {
      if (image.digest === null) return image;
      const known = withAliases(image, same.get(image.digest) ?? []);
      const primary = primaries.get(image.digest);
      const isAlias = isPossibleAlias(image) && primary && !isPossibleAlias(primary);
      return isAlias ? resolveAlias(known, primary) : known;
    }),
  );
  const primaryTags = new Set([...primaries.values()].map(({ tag }) => tag));
  return {
    images: collected,
    byTag: firstByTag(collected),
    byDigest: firstByDigest(collected.filter(({ tag }) => primaryTags.has(tag))),
  };
}

/** The images that are for no architecture in particular. */
export function withoutArchitectures(images: readonly KnownImage[]): KnownImage[] {
  return images.filter(({ architecture }) => architecture === null);
}

/** All images but the concrete ones that an alias of the collection stands for, for menus. */
export function hideAliased({ images }: ImageCollection): KnownImage[] {
  const targets = new Set(images.map(({ aliasTarget }) => aliasTarget));
  return images.filter(({ tag }) => !targets.has(tag));
}

/** All images but the aliases whose target is in the collection, for reports. */
export function hideResolvedAliases({ images, byTag }: ImageCollection): KnownImage[] {
  return images.filter(({ aliasTarget }) => aliasTarget === null || !byTag.has(aliasTarget));
}

/** One image of each known digest, the concrete one where there is one, in the order of menus. */
export function onePerDigest({ images, byDigest }: ImageCollection): KnownImage[] {
  return images.filter(({ digest, tag }) => digest !== null && byDigest.get(digest)?.tag === tag);
}

function withAliases(image: KnownImage, same: readonly KnownImage[]): KnownImage {
  // Bounded, since the total would grow with the square of the number of tags of one image.
  const others = same
    .slice(0, MAX_ALIASES + 1)
    .map(({ tag }) => tag)
    .filter((tag) => tag !== image.tag);
  if (others.length === 0) return image;
  return { ...image, aliases: [...new Set([...image.aliases, ...others])].toSorted() };
}

/** An alias with its target, whose name becomes part of the alias's. */
function resolveAlias(alias: KnownImage, target: KnownImage): KnownImage {
  const architecture = alias.architecture ?? target.architecture;
  return {
    ...alias,
    type: 'Alias',
    aliasTarget: target.tag,
    cycle: target.cycle,
    architecture,
    date: target.date,
    displayName: resolvedName(alias.base ?? alias.tag, target.displayName, architecture),
  };
}

/** The target's name in parentheses; its own parentheses become commas. */
function resolvedName(base: string, targetName: string, architecture: string | null): string {
  const suffix = architecture === null ? '' : ` [${architecture}]`;
  const flat = targetName.replaceAll(' (', ', ').replaceAll(')', '');
  const inner = suffix === '' ? flat : flat.replaceAll(suffix, '');
  return `${aliasName(base)} (${inner})${suffix}`;
}
