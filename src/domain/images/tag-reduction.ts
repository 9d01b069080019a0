import { filterTags, type ImageFilters } from './dropdown-filter';
import { IMAGE_TYPES, type ImageTag, type ImageType, sortTags } from './image-tag';
import { readTags, type TagSettings } from './known-images';
import { type PrepullSettings, selectPrepulled } from './prepull-selection';

/** Rules and limit of a reduction. */
export interface ReductionRules {
  readonly settings: TagSettings & PrepullSettings;
  readonly filters: ImageFilters;
  /** Tags that are kept in any case, such as those of running labs. */
  readonly needed: ReadonlySet<string>;
  /** How many tags are kept at most, apart from those that are kept in any case. */
  readonly limit: number;
  readonly nowMs: number;
}

/** Reduces tags in batches, so that the caller can yield between them. */
export interface TagReduction {
  add(tags: readonly string[]): void;
  /** The tags that are kept. */
  kept(): ReadonlySet<string>;
}

/**
 * Reduces the tags of a repository to those that menus, prepulling and running labs need: what is named in the
 * configuration or `needed`; the images to prepull; what the drop-down offers, in rounds of one of each type, the
 * newest first; and what else there is room for. Time and memory grow in proportion to the tags.
 */
export function createTagReduction(rules: ReductionRules): TagReduction {
  const { settings, filters, needed, limit, nowMs } = rules;
  const named = new Set([settings.recommendedTag, ...settings.pin, ...settings.aliasTags, ...needed]);
  const always = new Set<string>();
  const newest = new Map<ImageType, ImageTag[]>(IMAGE_TYPES.map((type) => [type, []]));
  const others: string[] = [];

  function insert(tag: ImageTag): void {
    const ofType = newest.get(tag.type) ?? [];
    ofType.push(tag);
    if (ofType.length > 2 * limit) newest.set(tag.type, sortTags(ofType).slice(0, limit));
  }

  return {
    add(tags) {
      for (const tag of tags) if (named.has(tag)) always.add(tag);
      const read = readTags(tags, settings);
      read.forEach(insert);
      if (read.length === tags.length || others.length >= limit) return;
      const ofCycle = new Set(read.map(({ tag }) => tag));
      others.push(...tags.filter((tag) => !ofCycle.has(tag)).slice(0, limit - others.length));
    },
    kept() {
      const sorted = [...newest].map(([type, tags]) => [type, sortTags(tags)] as const);
      const all = sorted.flatMap(([, tags]) => tags);
      const plain = all.filter(({ architecture }) => architecture === null);
      const offered = new Set(filterTags(plain, filters, nowMs));
      const known = sorted.filter(([type]) => type !== 'Unknown').map(([, tags]) => tags);
      const unknown = sorted.find(([type]) => type === 'Unknown')?.[1] ?? [];
      const kept = new Set([...always, ...selectPrepulled(all, settings).map(({ tag }) => tag)]);
      const room = kept.size + limit;
      const candidates = [
        ...inRounds(known.map((tags) => tags.filter((tag) => offered.has(tag)))),
        ...unknown,
        ...inRounds(known.map((tags) => tags.filter((tag) => !offered.has(tag)))),
      ].map(({ tag }) => tag);
      for (const tag of [...candidates, ...others]) {
        if (kept.size >= room) break;
        kept.add(tag);
      }
      return kept;
    },
  };
}

/** The first of each list, then the second of each, and so on. */
function inRounds<T>(lists: readonly (readonly T[])[]): T[] {
  return lists
    .flatMap((list) => list.map((item, round) => ({ item, round })))
    .toSorted((one, other) => one.round - other.round)
    .map(({ item }) => item);
}
