import type { CatalogueTag } from '../../domain/images/catalogue';
import type { Deletion, DeletionPlan, StoredTag } from '../../domain/images/deletion';
import { confirm } from './confirmation';
import { Progress } from './progress';
import type { OpenRepository } from './repository';

/** How far a command that deletes may go. */
export interface DeletionOptions {
  readonly config?: string;
  /** `--no-dry-run` makes it false. */
  readonly dryRun: boolean;
  /** Does not ask. */
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly protect: readonly string[];
  readonly json?: boolean;
}

/** The tags whose digests are known. */
export function storedTags(tags: readonly CatalogueTag[]): StoredTag[] {
  return tags.flatMap(({ tag, digest }) => (digest === null ? [] : [{ tag, digest }]));
}

/** Prints a plan, and carries it out unless this is a dry run. @throws Refusal when the answer to the question is no. */
export async function carryOut(
  { repository }: OpenRepository,
  { deletions, spared }: DeletionPlan,
  { dryRun, yes, json }: DeletionOptions,
): Promise<void> {
  const tags = deletions.flatMap((deletion) => deletion.tags);
  const summary = `${deletions.length} images with ${tags.length} tags`;
  if (!json) {
    for (const { tags, reasons } of spared) console.log(`keep    ${tags.join(' ')}: ${reasons.join('; ')}`);
    for (const deletion of deletions) console.log(line(deletion));
  }
  if (!dryRun && deletions.length > 0) {
    if (!yes) await confirm(`Delete ${summary} from ${repository.registry}/${repository.repository}?`);
    await deleteAll(repository, deletions);
  }
  if (json) console.log(JSON.stringify({ dryRun, deletions, spared }, null, 2));
  else
    console.error(dryRun ? `${summary} would be deleted; --no-dry-run deletes them` : `${summary} deleted`);
}

const line = ({ tags, digest }: Deletion): string => `delete  ${tags.join(' ')}  ${digest}`;

async function deleteAll(
  repository: OpenRepository['repository'],
  deletions: readonly Deletion[],
): Promise<void> {
  const progress = new Progress('images deleted', deletions.length);
  let deleted = 0;
  try {
    await repository.deleteDigests(
      deletions.map(({ digest }) => digest),
      (count) => {
        deleted = count;
        progress.step(count);
      },
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}; ${deleted} of ${deletions.length} images were deleted before`, {
      cause: error,
    });
  } finally {
    progress.end();
  }
}
