import { planDeletion } from '../../domain/images/deletion';
import { excludedTags } from '../../domain/images/dropdown-filter';
import { readTags } from '../../domain/images/known-images';
import { sortTags } from '../../domain/images/tag-order';
import { carryOut, type DeletionOptions, storedTags } from './deletion';
import { findProtections } from './protections';
import { Refusal } from './refusal';
import { listTags, type OpenRepository, openRepository, readDigests } from './repository';

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
    // Found last, so that little time passes until the deletion.
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
