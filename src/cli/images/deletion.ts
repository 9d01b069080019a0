import { errorMessage } from '../../domain/errors';
import type { CatalogueTag } from '../../domain/images/catalogue';
import type { DecidedDeletion, DecidedPlan, Deletion, StoredTag } from '../../domain/images/deletion';
import { forcedPlan, planDeletion } from '../../domain/images/deletion';
import { excludedTags } from '../../domain/images/dropdown-filter';
import { sortTags } from '../../domain/images/image-tag';
import { readTags } from '../../domain/images/known-images';
import { findProtections } from './protections';
import { listTags, type OpenRepository, openRepository, readDigests } from './repository';
import { confirm, Progress, Refusal } from './terminal';

/** Options of the commands that delete. */
export interface DeletionOptions {
  readonly config?: string;
  /** `--no-dry-run` makes it false. */
  readonly dryRun: boolean;
  /** Skips the question. */
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly protect: readonly string[];
  readonly json?: boolean;
}

/**
 * Deletes the images that the policy `prune` of the configuration does not keep, and that nothing uses.
 *
 * @throws Refusal for a policy that keeps nothing, unless forced.
 */
export async function pruneImages(options: DeletionOptions): Promise<void> {
  const opened = openRepository(options.config);
  const plan = async () => {
    const tags = await listTags(opened);
    const names = tags.map(({ tag }) => tag);
    const unwanted = unwantedTags(opened, names, options.force ?? false);
    const known = unwanted.length > 0 ? await readDigests(opened, tags) : tags;
    // Read last, so that they are as recent as possible at the deletion.
    const { protections } = await findProtections(opened, known, options.protect);
    return planDeletion(storedTags(known), unwanted, protections);
  };
  await carryOut(opened, plan, options);
}

/** The tags that the policy does not keep, in the order of menus. */
function unwantedTags({ config }: OpenRepository, names: readonly string[], isForced: boolean): string[] {
  const { images, prune } = config;
  const { source } = images;
  if (source.type === 'static') return [];
  const judged = sortTags(readTags(names, { ...images, source })).filter(
    ({ type }) => type !== 'Alias' && type !== 'Unknown',
  );
  const unwanted = excludedTags(judged, prune, Date.now());
  if (unwanted.length > 0 && unwanted.length === judged.length && !isForced) {
    throw new Refusal(
      `the policy keeps none of ${judged.length} images; correct prune in the configuration, or add --force`,
    );
  }
  return unwanted.map(({ tag }) => tag);
}

/**
 * Deletes the images behind the given tags, once each.
 *
 * @throws Refusal for an image that is used or has other tags, unless forced. Images of `--protect` are spared even
 *   then.
 */
export async function deleteImages(wanted: readonly string[], options: DeletionOptions): Promise<void> {
  const opened = openRepository(options.config);
  const plan = async () => {
    const tags = await listTags(opened);
    const names = tags.map(({ tag }) => tag);
    const unknown = wanted.filter((tag) => !names.includes(tag));
    if (unknown.length > 0) throw new Error(`the repository has no tag ${unknown.join(', ')}`);
    const known = await readDigests(opened, tags);
    const stored = storedTags(known);
    const { protections, named } = await findProtections(opened, known, options.protect);
    const decided = planDeletion(stored, wanted, protections);
    if (options.force) return forcedPlan(decided, stored, named);
    if (decided.spared.length === 0) return decided;
    const reasons = decided.spared.map(({ tags, reasons }) => `${tags.join(' ')}: ${reasons.join('; ')}`);
    const advice = 'nothing was deleted; --force deletes all but what --protect names';
    throw new Refusal([...reasons, advice].join('\n'));
  };
  await carryOut(opened, plan, options);
}

/** The tags whose digests are known. */
function storedTags(tags: readonly CatalogueTag[]): StoredTag[] {
  return tags.flatMap(({ tag, digest }) => (digest === null ? [] : [{ tag, digest }]));
}

/**
 * Prints the plan, and carries it out unless this is a dry run. After the question it plans again, and deletes only
 * what both plans agree on; the rest is printed.
 *
 * @throws Refusal when the answer to the question is no.
 */
async function carryOut(
  { repository }: OpenRepository,
  plan: () => Promise<DecidedPlan>,
  { dryRun, yes, json }: DeletionOptions,
): Promise<void> {
  let { deletions, spared } = await plan();
  const isAsked = !dryRun && !yes && deletions.length > 0;
  // With --json, standard output has one document only; the plan that the question is about goes to standard error.
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

/** The printed line of a deletion, with the reasons against it that were overridden. */
export function deletionLine({ tags, digest, reasons }: DecidedDeletion): string {
  return `delete  ${tags.join(' ')}  ${digest}${reasons ? `  although: ${reasons.join('; ')}` : ''}`;
}

/** The current deletions that were confirmed unchanged: with the same tags, digest and reasons against them. */
export function stillAgreed(
  current: readonly DecidedDeletion[],
  shown: readonly DecidedDeletion[],
): readonly DecidedDeletion[] {
  const agreed = new Set(shown.map(deletionLine));
  return current.filter((deletion) => agreed.has(deletionLine(deletion)));
}
