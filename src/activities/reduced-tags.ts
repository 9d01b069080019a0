import { setImmediate } from 'node:timers/promises';
import type { Config } from '../config/config';
import type { CatalogueTag } from '../domain/images/catalogue';
import { parseReference } from '../domain/images/image';
import { createTagReduction } from '../domain/images/tag-reduction';
import type { ImageRepository } from '../registry/image-repository';

/**
 * Maximum number of tags in a catalogue. It is published as one memo, for which Temporal's limit is 2 MiB: so many
 * tags, with digests and sizes, take half of that.
 */
export const MAX_TAGS = 10_000;

/** Number of tags that are processed before the event loop gets a turn. */
const PIECE = 2_000;

/** Number of other tags that are kept with an image, so that aliases can be shown. */
const TAGS_OF_AN_IMAGE = 20;

interface Reduction {
  readonly config: Config;
  readonly repository: ImageRepository;
  /** References of the images of labs that run or start. */
  readonly labImages: () => Promise<ReadonlySet<string>>;
  readonly signal: AbortSignal;
}

/** The tags that a catalogue keeps, in the order of the registry: all of them, unless there are too many. */
export async function reducedTags(
  listed: readonly CatalogueTag[],
  { config, repository, labImages, signal }: Reduction,
): Promise<readonly CatalogueTag[]> {
  if (listed.length <= MAX_TAGS) return listed;
  const { dropdownMenu, images, prune } = config;
  const needed = new Set([
    ...prune.keep,
    ...neededTags(listed, [images.recommendedTag, ...images.pin], await imagesOf(repository, labImages)),
  ]);
  const reduction = createTagReduction({
    settings: images,
    filters: dropdownMenu,
    needed,
    limit: MAX_TAGS,
    nowMs: Date.now(),
  });
  for (let first = 0; first < listed.length; first += PIECE) {
    signal.throwIfAborted();
    reduction.add(listed.slice(first, first + PIECE).map(({ tag }) => tag));
    await setImmediate();
  }
  const kept = reduction.kept();
  return listed.filter(({ tag }) => kept.has(tag));
}

interface LabImages {
  readonly tags: ReadonlySet<string>;
  readonly digests: ReadonlySet<string>;
}

async function imagesOf(
  { registry, repository }: ImageRepository,
  labImages: Reduction['labImages'],
): Promise<LabImages> {
  const references = [...(await labImages())].flatMap((text) => parseReference(text) ?? []);
  const own = references.filter((image) => image.registry === registry && image.repository === repository);
  return {
    tags: new Set(own.flatMap(({ tag }) => tag ?? [])),
    digests: new Set(own.flatMap(({ digest }) => digest ?? [])),
  };
}

/** The tags of labs, and some other tags of configured and running images, where a listing has digests. */
function neededTags(listed: readonly CatalogueTag[], named: readonly string[], labs: LabImages): string[] {
  const isNamed = new Set(named);
  const digests = new Map([...labs.digests].map((digest) => [digest, 0]));
  for (const { tag, digest } of listed) if (digest !== null && isNamed.has(tag)) digests.set(digest, 0);
  const others = listed.filter(({ digest }) => {
    const count = digest === null ? undefined : digests.get(digest);
    if (digest === null || count === undefined || count === TAGS_OF_AN_IMAGE) return false;
    digests.set(digest, count + 1);
    return true;
  });
  return [...labs.tags, ...others.map(({ tag }) => tag)];
}
