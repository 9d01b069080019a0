import { readEnvironment } from '../../config/process-environment';
import type { CatalogueTag } from '../../domain/images/catalogue';
import type { Protections } from '../../domain/images/deletion';
import { tagsToPrepull } from '../../domain/images/prepull-selection';
import { type ImageReference, parseReference } from '../../domain/images/reference';
import { createTemporalClient } from '../../temporal/connection';
import { decodeLabImage } from '../../temporal/lab-memo';
import { openLabs } from '../../temporal/open-labs';
import { namedProtections } from './named-protections';
import { Refusal } from './refusal';
import type { OpenRepository } from './repository';

export interface FoundProtections {
  /** All that must stay. */
  readonly protections: Protections;
  /** The part that is named with `--protect`. */
  readonly named: Protections;
}

/**
 * Finds what must stay: images of labs that run or start, those that the menu offers, kept tags, and those named with
 * `--protect`. Without Temporal it warns that labs are not known.
 *
 * @throws Refusal for a lab whose image cannot be told, and Error for a name that would protect nothing.
 */
export async function findProtections(
  { config, repository }: OpenRepository,
  known: readonly CatalogueTag[],
  protect: readonly string[],
): Promise<FoundProtections> {
  const { images, prune } = config;
  const { source } = images;
  const named = namedProtections(protect, known, repository);
  const tags = new Map(named.tags);
  const digests = new Map(named.digests);
  if (source.type !== 'static') {
    const names = known.map(({ tag }) => tag);
    for (const tag of tagsToPrepull(names, { ...images, source })) add(tags, tag, `the menu offers ${tag}`);
  }
  for (const tag of prune.keep) add(tags, tag, `prune.keep names ${tag}`);
  for (const { username, reference } of await labImages()) {
    const { registry, tag, digest } = reference;
    if (registry !== repository.registry || reference.repository !== repository.repository) continue;
    if (digest !== null) add(digests, digest, `the lab of ${username} uses it`);
    else if (tag !== null) add(tags, tag, `the lab of ${username} uses it`);
  }
  return { protections: { tags, digests }, named };
}

/** Every reason counts: none may hide another. */
function add(reasons: Map<string, string>, key: string, reason: string): void {
  const others = reasons.get(key);
  reasons.set(key, others === undefined ? reason : `${others}; ${reason}`);
}

interface LabImage {
  readonly username: string;
  readonly reference: ImageReference;
}

/** By user, so that the same labs give the same reasons. */
async function labImages(): Promise<readonly LabImage[]> {
  if (!isTemporalNamed()) {
    console.error(
      'warning: labs that run are not known without TEMPORAL_ADDRESS; name their images with --protect',
    );
    return [];
  }
  const found: LabImage[] = [];
  const temporal = createTemporalClient();
  try {
    for await (const { memo } of openLabs(temporal.client)) {
      const lab = decodeLabImage(memo);
      const reference = lab && parseReference(lab.image);
      if (!lab?.username || !reference) throw new Refusal('there is a lab whose image cannot be told');
      found.push({ username: lab.username, reference });
    }
  } finally {
    await temporal.close();
  }
  return found.toSorted((a, b) => (a.username < b.username ? -1 : 1));
}

function isTemporalNamed(): boolean {
  const { TEMPORAL_ADDRESS, TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE } = readEnvironment();
  return Boolean(TEMPORAL_ADDRESS || TEMPORAL_CONFIG_FILE || TEMPORAL_PROFILE);
}
