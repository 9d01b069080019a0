import type { ImageTag, ImageType, TagVersion } from './image-tag';
import { compareVersions } from './image-tag';

/** Conditions on images of one type; all that are not null must hold. */
export interface ImageFilter {
  /** Maximum number, of the newest; 0 for no limit. */
  readonly number: number | null;
  /** Maximum age; 0 for no limit. */
  readonly ageMs: number | null;
  /** RFC 3339 instant. */
  readonly cutoffDate: string | null;
  readonly cutoffBuild: number | null;
  /** Semantic version. */
  readonly cutoffVersion: string | null;
}

/** A filter per type; aliases and unknown tags have none. */
export interface ImageFilters {
  readonly release: ImageFilter;
  readonly weekly: ImageFilter;
  readonly daily: ImageFilter;
  readonly releaseCandidate: ImageFilter;
  readonly experimental: ImageFilter;
}

const FILTER_OF = {
  Alias: null,
  Release: 'release',
  Weekly: 'weekly',
  Daily: 'daily',
  'Release Candidate': 'releaseCandidate',
  Experimental: 'experimental',
  Unknown: null,
} as const satisfies Record<ImageType, keyof ImageFilters | null>;

/** The tags that match the filters, of tags in the order of menus. Aliases and unknown tags always match. */
export function filterTags<T extends ImageTag>(
  tags: readonly T[],
  filters: ImageFilters,
  nowMs: number,
): T[] {
  const predicates = new Map<ImageType, (tag: ImageTag) => boolean>();
  return tags.filter((tag) => {
    const name = FILTER_OF[tag.type];
    if (name === null) return true;
    const predicate = predicates.get(tag.type) ?? predicateOf(filters[name], nowMs);
    predicates.set(tag.type, predicate);
    return predicate(tag);
  });
}

/** The tags that do not match the filters, for pruning: the complement of `filterTags`. */
export function excludedTags<T extends ImageTag>(
  tags: readonly T[],
  filters: ImageFilters,
  nowMs: number,
): T[] {
  const kept = new Set(filterTags(tags, filters, nowMs));
  return tags.filter((tag) => !kept.has(tag));
}

/** Stateful: counts the matches, so it must be called once per tag, the newest first. */
function predicateOf(filter: ImageFilter, nowMs: number): (tag: ImageTag) => boolean {
  const { number, ageMs, cutoffDate, cutoffBuild, cutoffVersion } = filter;
  const limit = number || Number.POSITIVE_INFINITY;
  const sinceMs = Math.max(
    ageMs ? nowMs - ageMs : Number.NEGATIVE_INFINITY,
    cutoffDate === null ? Number.NEGATIVE_INFINITY : Date.parse(cutoffDate),
  );
  let kept = 0;
  return ({ build, date, isSemantic, version }) => {
    if (kept >= limit) return false;
    if (build !== null && cutoffBuild !== null && build < cutoffBuild) return false;
    if (date !== null && Date.parse(date) < sinceMs) return false;
    if (isSemantic && version && cutoffVersion !== null && isBefore(version, cutoffVersion)) return false;
    kept += 1;
    return true;
  };
}

const CUTOFF = /^(\d+)\.(\d+)\.(\d+)(?:-([^+]*))?/;

/** Whether a version is older than a semantic version, whose pre-release need not be a candidate. */
function isBefore(version: TagVersion, cutoff: string): boolean {
  const [, major, minor, patch, preRelease] = CUTOFF.exec(cutoff) ?? [];
  const release = { major: Number(major), minor: Number(minor), patch: Number(patch), candidate: null };
  if (preRelease === undefined) return compareVersions(version, release) < 0;
  const [, candidate, more] = /^rc(\d+)(\..*)?$/.exec(preRelease) ?? [];
  if (candidate !== undefined) {
    const order = compareVersions(version, { ...release, candidate: Number(candidate) });
    return order < 0 || (order === 0 && more !== undefined);
  }
  const isOfRelease = compareVersions({ ...version, candidate: null }, release) === 0;
  if (!isOfRelease || version.candidate === null) return compareVersions(version, release) < 0;
  // Identifiers compare as text, and numbers come before all text.
  const [first = ''] = preRelease.split('.');
  return !/^\d+$/.test(first) && `rc${version.candidate}` < first;
}
