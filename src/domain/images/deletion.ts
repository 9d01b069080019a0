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
export interface Spared extends Deletion {
  /** Why, for people. */
  readonly reasons: readonly string[];
}

export interface DeletionPlan {
  readonly deletions: readonly Deletion[];
  readonly spared: readonly Spared[];
}

/** What must not be deleted: why, by tag and by digest. */
export interface Protections {
  readonly tags: ReadonlyMap<string, string>;
  readonly digests: ReadonlyMap<string, string>;
}

/**
 * Decides which images can go, in the order of `unwanted` and each digest once. An image goes only as a whole: it is
 * spared when a tag of it is wanted or protected.
 */
export function planDeletion(
  stored: readonly StoredTag[],
  unwanted: readonly string[],
  protections: Protections,
): DeletionPlan {
  const digestOf = new Map(stored.map(({ tag, digest }) => [tag, digest]));
  const tagsOf = Map.groupBy(stored, ({ digest }) => digest);
  const isUnwanted = new Set(unwanted);
  const digests = new Set(unwanted.flatMap((tag) => digestOf.get(tag) ?? []));
  const deletions: Deletion[] = [];
  const spared: Spared[] = [];
  for (const digest of digests) {
    const tags = (tagsOf.get(digest) ?? []).map(({ tag }) => tag);
    const reasons = [
      ...[protections.digests.get(digest) ?? []].flat(),
      ...tags.flatMap((tag) => protections.tags.get(tag) ?? []),
      ...tags.filter((tag) => !isUnwanted.has(tag)).map((tag) => `tag ${tag} is the same image`),
    ];
    if (reasons.length === 0) deletions.push({ digest, tags });
    else spared.push({ digest, tags, reasons: [...new Set(reasons)] });
  }
  return { deletions, spared };
}
