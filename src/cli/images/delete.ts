import { planDeletion } from '../../domain/images/deletion';
import { carryOut, type DeletionOptions, storedTags } from './deletion';
import { findProtections } from './protections';
import { Refusal } from './refusal';
import { listTags, openRepository, readDigests } from './repository';

/**
 * Deletes the images behind the given tags, once each.
 *
 * @throws Refusal for an image that is used or has other tags too, unless forced.
 */
export async function deleteImages(wanted: readonly string[], options: DeletionOptions): Promise<void> {
  const opened = openRepository(options.config);
  const tags = await listTags(opened);
  const names = tags.map(({ tag }) => tag);
  const unknown = wanted.filter((tag) => !names.includes(tag));
  if (unknown.length > 0) throw new Error(`the repository has no tag ${unknown.join(', ')}`);
  const stored = storedTags(await readDigests(opened, tags));
  const protections = await findProtections(opened, names, options.protect);
  const plan = planDeletion(stored, wanted, protections);
  const { deletions, spared } = plan;
  if (spared.length > 0 && !options.force) {
    const reasons = spared.map(({ tags, reasons }) => `${tags.join(' ')}: ${reasons.join('; ')}`);
    throw new Refusal([...reasons, 'nothing was deleted; --force deletes all of it'].join('\n'));
  }
  await carryOut(opened, { deletions: [...deletions, ...spared], spared: [] }, options);
}
