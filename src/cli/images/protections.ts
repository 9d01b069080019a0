import { readEnvironment } from '../../config/process-environment';
import type { CatalogueTag } from '../../domain/images/catalogue';
import type { Protections } from '../../domain/images/deletion';
import { type ImageReference, parseReference } from '../../domain/images/image';
import { tagsToPrepull } from '../../domain/images/prepull-selection';
import { createTemporalClient } from '../../temporal/connection';
import { openLabs } from '../../workflow-clients/lab/executions';
import { decodeLabImage } from '../../workflow-clients/lab/memo';
import type { OpenRepository } from './repository';
import { Refusal } from './terminal';

export interface FoundProtections {
  /** All protections. */
  readonly protections: Protections;
  /** Those of `--protect`. */
  readonly named: Protections;
}

/**
 * Finds the images that must not be deleted: those of running and starting labs, of the menu, of `prune.keep` and of
 * `--protect`. Without Temporal it warns that labs are unknown.
 *
 * @throws Refusal for a lab whose image cannot be determined, Error for a name that matches nothing.
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

/** Adds a reason to those of the same tag or digest. */
function add(reasons: Map<string, string>, key: string, reason: string): void {
  const others = reasons.get(key);
  reasons.set(key, others === undefined ? reason : `${others}; ${reason}`);
}

interface LabImage {
  readonly username: string;
  readonly reference: ImageReference;
}

/** Images of labs, ordered by user so that reasons are reproducible. */
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

type Repository = Pick<ImageReference, 'registry' | 'repository'>;

/**
 * The protections of `--protect`: by tag, by digest, or by a reference to the repository, whose tag and digest are both
 * protected.
 *
 * @throws Error for a name that matches nothing, since a typing error must not cost an image.
 */
export function namedProtections(
  names: readonly string[],
  known: readonly CatalogueTag[],
  repository: Repository,
): Protections {
  const tags = new Map<string, string>();
  const digests = new Map<string, string>();
  for (const name of names) {
    const { tag, digest } = protectable(name, known, repository);
    if (tag !== null) tags.set(tag, `--protect names ${name}`);
    if (digest !== null) digests.set(digest, `--protect names ${name}`);
  }
  return { tags, digests };
}

function protectable(
  name: string,
  known: readonly CatalogueTag[],
  { registry, repository }: Repository,
): Pick<ImageReference, 'tag' | 'digest'> {
  const fail = (problem: string) => new Error(`--protect names ${name}, and ${problem}`);
  const reference = parseReference(name);
  if (reference && (reference.registry !== registry || reference.repository !== repository))
    throw fail(`that is not in ${registry}/${repository}; leave it out, or correct it`);
  const { tag, digest } = reference ?? tagOrDigest(name);
  if (tag === null && digest === null) throw fail('that is no image; add a tag or a digest');
  if (tag !== null && known.every((entry) => entry.tag !== tag))
    throw fail('the repository has no such tag; "nublado images list" prints those it has');
  // If no digest was read, nothing is deleted.
  const isRead = known.some((entry) => entry.digest !== null);
  if (digest !== null && isRead && known.every((entry) => entry.digest !== digest))
    throw fail(
      'no tag stands for this digest; "nublado images list --digests" prints those that tags stand for',
    );
  return { tag, digest };
}

const tagOrDigest = (name: string) =>
  /^sha\d+:/.test(name) ? { tag: null, digest: name } : { tag: name, digest: null };
