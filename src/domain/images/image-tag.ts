/** The types of images, in the order of menus. */
export const IMAGE_TYPES = [
  'Alias',
  'Release',
  'Weekly',
  'Daily',
  'Release Candidate',
  'Experimental',
  'Unknown',
] as const;

export type ImageType = (typeof IMAGE_TYPES)[number];

/** A semantic version as tags have it: three numbers and, for candidates, a fourth. */
export interface TagVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Number of the release candidate; null for what is none. */
  readonly candidate: number | null;
}

/** A parsed tag. */
export interface ImageTag {
  /** As written. */
  readonly tag: string;
  readonly type: ImageType;
  /** For people. */
  readonly displayName: string;
  /** Releases and candidates by their version, weeklies and dailies by their date; null for the others. */
  readonly version: TagVersion | null;
  /** Whether the version is one of a release or candidate. */
  readonly isSemantic: boolean;
  /** Of unknown tags and aliases, the tag without cycle and architecture. */
  readonly base: string | null;
  readonly cycle: number | null;
  readonly cycleBuild: number | null;
  /** RSP build number. */
  readonly build: number | null;
  readonly architecture: string | null;
  readonly extra: string | null;
  /** RFC 3339 day in UTC: a daily's own, a weekly's Thursday. */
  readonly date: string | null;
}

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
 * The order of menus: by type, then the newest first; negative when `one` comes first. Zero for different
 * spellings of the same tag.
 */
export function compareTags(one: ImageTag, other: ImageTag): number {
  return RANKS[one.type] - RANKS[other.type] || compareAge(other, one);
}

/** The tags in the order of menus; the sort is stable. */
export function sortTags<T extends ImageTag>(tags: readonly T[]): T[] {
  return tags.toSorted(compareTags);
}
