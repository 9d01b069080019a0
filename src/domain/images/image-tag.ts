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

/** What a tag says. */
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
