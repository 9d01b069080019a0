import { parseTag } from './tag-grammar';

/** A tag of a repository with the digest it stands for. */
export interface StoredTag {
  readonly tag: string;
  readonly digest: string;
}

/** One image to delete, and every tag that goes with it. */
export interface Deletion {
  readonly digest: string;
  readonly tags: readonly string[];
}

/** An image that was to be deleted and stays. */
interface Spared extends Deletion {
  /** Why, for people. */
  readonly reasons: readonly string[];
}

interface DeletionPlan {
  readonly deletions: readonly Deletion[];
  readonly spared: readonly Spared[];
}

/** Reasons against a deletion, by tag and by digest. */
export interface Protections {
  readonly tags: ReadonlyMap<string, string>;
  readonly digests: ReadonlyMap<string, string>;
}

/**
 * Plans the deletion of unwanted tags, in their order and once per digest. Images are deleted only as a whole: one is
 * spared when a tag of it is wanted or protected, and when it may be a part of a multi-architecture image that stays.
 */
export function planDeletion(
  stored: readonly StoredTag[],
  unwanted: readonly string[],
  protections: Protections,
): DeletionPlan {
  const digestOf = new Map(stored.map(({ tag, digest }) => [tag, digest]));
  const tagsOf = Map.groupBy(stored, ({ digest }) => digest);
  const isUnwanted = new Set(unwanted);
  const candidates = [...new Set(unwanted.flatMap((tag) => digestOf.get(tag) ?? []))].map((digest) => {
    const tags = (tagsOf.get(digest) ?? []).map(({ tag }) => tag);
    const ofDigest = protections.digests.get(digest);
    const reasons = [
      ...(ofDigest === undefined ? [] : [ofDigest]),
      ...tags.flatMap((tag) => protections.tags.get(tag) ?? []),
      ...tags.filter((tag) => !isUnwanted.has(tag)).map((tag) => `tag ${tag} is the same image`),
    ];
    return { digest, tags, reasons };
  });
  const going = new Set(candidates.filter(({ reasons }) => reasons.length === 0).map(({ digest }) => digest));
  const decided = candidates.map(({ digest, tags, reasons }) => {
    const wholes = tags.map(wholeOf).filter((whole) => {
      const ofWhole = whole === null ? undefined : digestOf.get(whole);
      return ofWhole !== undefined && !going.has(ofWhole);
    });
    return {
      digest,
      tags,
      reasons: [...new Set([...reasons, ...wholes.map((whole) => `${whole} may be made of it`)])],
    };
  });
  return {
    deletions: decided
      .filter(({ reasons }) => reasons.length === 0)
      .map(({ digest, tags }) => ({ digest, tags })),
    spared: decided.filter(({ reasons }) => reasons.length > 0),
  };
}

/** Of a tag for one architecture, the tag of the image for all of them. */
function wholeOf(tag: string): string | null {
  const { architecture } = parseTag(tag);
  return architecture === null ? null : tag.slice(0, -architecture.length - 1);
}

/** An image to delete; where that is forced, with the reasons for it to stay. */
export interface DecidedDeletion extends Deletion {
  readonly reasons?: readonly string[];
}

export interface DecidedPlan {
  readonly deletions: readonly DecidedDeletion[];
  readonly spared: readonly Spared[];
}

/**
 * A plan that also deletes what was spared, with the reasons. Images protected by `named`, and possible parts of them,
 * are still spared.
 */
export function forcedPlan(
  { deletions, spared }: DeletionPlan,
  stored: readonly StoredTag[],
  named: Protections,
): DecidedPlan {
  const all = stored.map(({ tag }) => tag);
  const staying = new Set(planDeletion(stored, all, named).spared.map(({ digest }) => digest));
  return {
    deletions: [...deletions, ...spared.filter(({ digest }) => !staying.has(digest))],
    spared: spared.filter(({ digest }) => staying.has(digest)),
  };
}
