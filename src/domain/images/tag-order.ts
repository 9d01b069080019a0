import { IMAGE_TYPES, type ImageTag, type ImageType, type TagVersion } from './image-tag';

const RANKS = Object.fromEntries(IMAGE_TYPES.map((type, rank) => [type, rank])) as Record<ImageType, number>;

/** Ascending; `nullOrder` says where null is: before everything (-1) or after (1). */
function ascending<T extends number | string>(
  one: T | null,
  other: T | null,
  nullOrder: -1 | 1 = -1,
): number {
  if (one === other) return 0;
  if (one === null) return nullOrder;
  if (other === null) return -nullOrder;
  return one < other ? -1 : 1;
}

/** The precedence of semantic versions, candidates by their number: negative when `one` is older. */
export function compareVersions(one: TagVersion, other: TagVersion): number {
  return (
    ascending(one.major, other.major) ||
    ascending(one.minor, other.minor) ||
    ascending(one.patch, other.patch) ||
    ascending(one.candidate, other.candidate, 1)
  );
}

/** Of tags of one type: negative when `one` is older. */
function compareAge(one: ImageTag, other: ImageTag): number {
  const first =
    one.version && other.version
      ? compareVersions(one.version, other.version)
      : ascending(one.base, other.base);
  return (
    first ||
    ascending(one.cycle, other.cycle) ||
    ascending(one.cycleBuild, other.cycleBuild) ||
    ascending(one.build, other.build) ||
    ascending(one.extra, other.extra) ||
    ascending(one.architecture, other.architecture, 1)
  );
}

/**
 * The order of menus: by type, then the newest first; negative when `one` comes first. Zero for tags that say
 * the same in different writing.
 */
export function compareTags(one: ImageTag, other: ImageTag): number {
  return RANKS[one.type] - RANKS[other.type] || compareAge(other, one);
}

/** The same tags in the order of menus; those that say the same stay as they were. */
export function sortTags<T extends ImageTag>(tags: readonly T[]): T[] {
  return tags.toSorted(compareTags);
}
