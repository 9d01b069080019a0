import { errorMessage } from '../../domain/errors';
import type { CatalogueTag } from '../../domain/images/catalogue';
import type { Deletion, StoredTag } from '../../domain/images/deletion';
import { deletionLine, stillAgreed } from './agreement';
import { confirm } from './confirmation';
import type { DecidedPlan } from './forced-plan';
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

/**
 * Prints what `plan` decides, and carries it out unless this is a dry run. After a question it looks again, and only
 * what is still to go goes; the rest is named.
 *
 * @throws Refusal when the answer to the question is no.
 */
export async function carryOut(
  { repository }: OpenRepository,
  plan: () => Promise<DecidedPlan>,
  { dryRun, yes, json }: DeletionOptions,
): Promise<void> {
  let { deletions, spared } = await plan();
  const isAsked = !dryRun && !yes && deletions.length > 0;
  // With --json, standard output has one document, but nobody is asked about what they have not seen.
  const show = json ? console.error : console.log;
  if (!json || isAsked) {
    for (const { tags, reasons } of spared) show(`keep    ${tags.join(' ')}: ${reasons.join('; ')}`);
    for (const deletion of deletions) show(deletionLine(deletion));
  }
  if (isAsked) {
    await confirm(`Delete ${summary(deletions)} from ${repository.registry}/${repository.repository}?`);
    const shown = deletions;
    ({ deletions, spared } = await plan());
    deletions = stillAgreed(deletions, shown);
    const going = new Set(deletions.map(({ digest }) => digest));
    for (const { digest, tags } of shown) {
      if (!going.has(digest)) show(`keep    ${tags.join(' ')}: changed while the question was open`);
    }
  }
  if (!dryRun && deletions.length > 0) await deleteAll(repository, deletions);
  if (json) console.log(JSON.stringify({ dryRun, deletions, spared }, null, 2));
  else if (dryRun) console.error(`${summary(deletions)} would be deleted; --no-dry-run deletes them`);
  else console.error(`${summary(deletions)} deleted`);
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function summary(deletions: readonly Deletion[]): string {
  const tags = deletions.flatMap((deletion) => deletion.tags);
  return `${counted(deletions.length, 'image')} with ${counted(tags.length, 'tag')}`;
}

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
    throw new Error(`${errorMessage(error)}; ${deleted} of ${deletions.length} images were deleted before`, {
      cause: error,
    });
  } finally {
    progress.end();
  }
}
