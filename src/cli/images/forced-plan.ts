import {
  type Deletion,
  type DeletionPlan,
  type Protections,
  planDeletion,
  type Spared,
  type StoredTag,
} from '../../domain/images/deletion';

/** An image to delete; where that is forced, with the reasons for it to stay. */
export interface DecidedDeletion extends Deletion {
  readonly reasons?: readonly string[];
}

export interface DecidedPlan {
  readonly deletions: readonly DecidedDeletion[];
  readonly spared: readonly Spared[];
}

/**
 * Deletes what was spared too, and keeps the reasons. Images that are named to stay, and what may be a part of them, are
 * spared even so.
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
