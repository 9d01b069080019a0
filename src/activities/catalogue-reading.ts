import type { Logger } from 'pino';
import type { Config } from '../config/config';
import type { CatalogueTag, ImageCatalogue } from '../domain/images/catalogue';
import { nodeDigests } from '../domain/images/known-images';
import { tagsToPrepull } from '../domain/images/prepull-selection';
import { nodeEligibility } from '../domain/node-eligibility';
import type { KubernetesClient } from '../kubernetes/client';
import { coreCollection } from '../kubernetes/references';
import { nodeFacts } from '../objects/reading/node';
import { RegistryError } from '../registry/errors';
import type { ImageRepository } from '../registry/image-repository';
import { type CatalogueState, decodeCatalogue } from '../workflow-clients/catalogue';
import { concurrently } from './concurrently';
import { reducedTags } from './reduced-tags';

/** Dependencies of `readAll`. */
export interface ReadingDependencies {
  readonly kubernetes: KubernetesClient;
  readonly repositoryOf: (config: Config) => ImageRepository | null;
  /** References of the images of labs that run or start; read only where tags must be left out. */
  readonly labImages: () => Promise<ReadonlySet<string>>;
  readonly logger: Logger;
}

/**
 * Reads tags, the digests of those that are prepulled, and nodes. Digests that cannot be read now are those of the
 * catalogue `before`.
 */
export async function readAll(
  { kubernetes, labImages, logger, repositoryOf }: ReadingDependencies,
  config: Config,
  before: CatalogueState,
  signal: AbortSignal,
): Promise<ImageCatalogue> {
  const { source } = config.images;
  const repository = repositoryOf(config);
  if (source.type === 'static' || !repository) throw new Error('a fixed list of images is never refreshed');
  const { lab, images } = config;
  const labelSelector = Object.entries(lab.nodeSelector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const items = await kubernetes.list(coreCollection('Node'), labelSelector === '' ? {} : { labelSelector });
  const all = await repository.listTags(signal);
  const listed = await reducedTags(all, { config, repository, labImages, signal });
  const settings = { ...images, source };
  const wanted = new Set(
    tagsToPrepull(
      listed.map(({ tag }) => tag),
      settings,
    ),
  );
  const known = digestsOf(before, repository, logger);
  const nodes = items.map(nodeFacts);
  const sizes = new Map(
    nodes.flatMap((node) =>
      node.images.flatMap(({ digests, size }) => digests.map((digest) => [digest, size] as const)),
    ),
  );
  const read = await readDigests(
    listed.filter(({ tag, digest }) => digest === null && wanted.has(tag)).map(({ tag }) => tag),
    (tag) => repository.digestOf(tag, signal),
  );
  for (const [tag, error] of read.failures) logger.warn({ tag, err: error }, 'digest could not be read');
  const tags: CatalogueTag[] = listed.map((entry) => {
    const { tag } = entry;
    const kept = read.failures.has(tag) ? (known.get(tag) ?? null) : null;
    return { ...entry, digest: entry.digest ?? read.digests.get(tag) ?? kept };
  });
  const leftOut = all.length - listed.length;
  const digestsOn = nodeDigests(
    { registry: repository.registry, repository: repository.repository, tags },
    settings,
  );
  return {
    version: 1,
    registry: repository.registry,
    repository: repository.repository,
    tags: tags.map((tag) => ({ ...tag, size: tag.size ?? sizes.get(tag.digest ?? '') ?? null })),
    nodes: nodes
      .map(({ name, images, ...condition }) => ({
        name,
        ...nodeEligibility(condition, lab.tolerations),
        digests: digestsOn(images),
      }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    ...(leftOut > 0 ? { leftOut } : {}),
  };
}

/** The digests of the last catalogue; none if it was of another repository or of another version of the controller. */
function digestsOf(
  { published }: CatalogueState,
  { registry, repository }: ImageRepository,
  logger: Logger,
): Map<string, string> {
  let catalogue: ImageCatalogue | null = null;
  try {
    catalogue = published && decodeCatalogue(published);
  } catch (error) {
    logger.warn({ err: error }, 'what was known of images cannot be understood, and is replaced');
  }
  if (catalogue?.registry !== registry || catalogue.repository !== repository) return new Map();
  return new Map(catalogue.tags.flatMap(({ tag, digest }) => (digest === null ? [] : [[tag, digest]])));
}

/** Result of reading digests, by tag; null where the tag does not exist any more. */
interface DigestsRead {
  readonly digests: ReadonlyMap<string, string | null>;
  readonly failures: ReadonlyMap<string, RegistryError>;
}

/**
 * Reads the digests of tags, since tags move. Tags whose digest cannot be read are left out of the result.
 *
 * @throws RegistryError when no digest can be read.
 */
async function readDigests(
  tags: readonly string[],
  digestOf: (tag: string) => Promise<string | null>,
): Promise<DigestsRead> {
  const digests = new Map<string, string | null>();
  const failures = new Map<string, RegistryError>();
  await concurrently(tags, async (tag) => {
    try {
      digests.set(tag, await digestOf(tag));
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      failures.set(tag, error);
    }
  });
  const [failure] = failures.values();
  if (failure && failure.problem !== 'broken' && digests.size === 0) throw failure;
  return { digests, failures };
}
