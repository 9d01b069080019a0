import { planDeletion } from '../../domain/images/deletion';
import { carryOut, type DeletionOptions, storedTags } from './deletion';
import { forcedPlan } from './forced-plan';
import { findProtections } from './protections';
import { Refusal } from './refusal';
import { listTags, openRepository, readDigests } from './repository';

/**
 * Deletes the images behind the given tags, once each.
 *
 * @throws Refusal for an image that is used or has other tags too, unless forced. What `--protect` names is
 * spared even then.
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
