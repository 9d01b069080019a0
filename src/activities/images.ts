import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Logger } from 'pino';
import type { Config } from '../config/config';
import { errorMessage } from '../domain/error-message';
import type { CatalogueTag, ImageCatalogue } from '../domain/images/catalogue';
import { offerOf } from '../domain/images/offer';
import { tagsToPrepull } from '../domain/images/prepull-selection';
import { nodeEligibility } from '../domain/node-eligibility';
import { missingPulls } from '../domain/prepull';
import type { WantedPull } from '../domain/pull';
import type { ImageRepository } from '../images/repository';
import type { KubernetesClient } from '../kubernetes/client';
import { nodeFacts } from '../objects/node';
import { RegistryError } from '../registry/registry-error';
import type { CatalogueState } from '../temporal/catalogue';
import { decodeCatalogue, encodeCatalogue } from '../temporal/catalogue';
import type { CatalogueRefresh } from '../workflows/image-catalogue/messages';
import { concurrently } from './concurrently';
import { withHeartbeat } from './heartbeat';

/** Of an attempt's time, what reading may take; the rest is for telling that it took too long. */
const READING_SHARE = 0.9;

/** What a refresh works with. */
export interface ImageDependencies {
  /** The configuration in force; a refresh takes it once. */
  readonly config: () => Config;
  readonly kubernetes: KubernetesClient;
  /** The repository of a configuration; null for a fixed list. */
  readonly repositoryOf: (config: Config) => ImageRepository | null;
  readonly readCatalogue: () => Promise<CatalogueState>;
  /** Publishes what came of a refresh, given what was published before. */
  readonly publish: (refresh: CatalogueRefresh, before: CatalogueState) => Promise<void>;
  /** Asks for what nodes lack, in this order; an empty list takes earlier wishes back. */
  readonly wantPulls: (pulls: readonly WantedPull[], config: Config) => Promise<void>;
  readonly logger: Logger;
}

/** What a refresh has found, in numbers. */
export interface RefreshSummary {
  readonly tags: number;
  readonly nodes: number;
  readonly missing: number;
  /** Whether anything differs from what was published before. */
  readonly isChanged: boolean;
}

export type ImageActivities = ReturnType<typeof createImageActivities>;

/** The activities of what is known of images. */
export function createImageActivities(dependencies: ImageDependencies) {
  return {
    /**
     * Reads tags, the digests of those that are prepulled, and nodes; publishes what differs; and asks for what nodes
     * lack. When registry or cluster cannot be read, what was known stays, and why is published.
     */
    async refreshImages(): Promise<RefreshSummary> {
      const { cancellationSignal } = Context.current();
      return withHeartbeat(() => refresh(dependencies, cancellationSignal));
    },
  };
}

async function refresh(dependencies: ImageDependencies, signal: AbortSignal): Promise<RefreshSummary> {
  const { logger } = dependencies;
  const config = dependencies.config();
  const { catalogue, isChanged } = await publishNews(dependencies, config, signal);
  const { images, dropdownMenu } = config;
  const offer = offerOf(catalogue, { images, dropdownMenu }, Date.now());
  if (offer.recommendedProblem) {
    logger.warn({ tag: images.recommendedTag, problem: offer.recommendedProblem }, 'no recommended image');
  }
  const pulls = missingPulls(offer);
  await dependencies.wantPulls(pulls, config);
  return { tags: catalogue.tags.length, nodes: catalogue.nodes.length, missing: pulls.length, isChanged };
}

/** Reads registry and nodes, and publishes what differs, or why they could not be read. */
async function publishNews(
  dependencies: ImageDependencies,
  config: Config,
  signal: AbortSignal,
): Promise<{ readonly catalogue: ImageCatalogue; readonly isChanged: boolean }> {
  const { logger, publish } = dependencies;
  const limitMs = Context.current().info.startToCloseTimeoutMs * READING_SHARE;
  const timeIsUp = AbortSignal.timeout(limitMs);
  // Before nodes are read: what they get from now on is news to this refresh.
  const refreshedAt = new Date().toISOString();
  const before = await dependencies.readCatalogue();
  try {
    const catalogue = await readAll(dependencies, config, before, AbortSignal.any([signal, timeIsUp]));
    const published = encodeCatalogue(catalogue);
    const isChanged = published.id !== before.published?.id;
    await publish({ catalogue: isChanged ? published : null, refreshedAt, failure: null }, before);
    return { catalogue, isChanged };
  } catch (error) {
    signal.throwIfAborted();
    const failure = timeIsUp.aborted
      ? `The registry has not told everything within ${Math.round(limitMs / 1_000)} s`
      : errorMessage(error);
    logger.warn({ err: error }, 'images could not be refreshed; what was known of them stays');
    await publish({ catalogue: null, refreshedAt: null, failure }, before);
    if (timeIsUp.aborted) throw ApplicationFailure.retryable(failure, 'RegistryFailed');
    throw error instanceof RegistryError ? registryFailure(error) : error;
  }
}

/** What Temporal does about a registry's answer: try again, wait as asked, or leave it to the next refresh. */
function registryFailure(error: RegistryError): ApplicationFailure {
  const { message, isTemporary, retryAfterMs } = error;
  return ApplicationFailure.create({
    type: 'RegistryFailed',
    message,
    nonRetryable: !isTemporary,
    nextRetryDelay: retryAfterMs ?? undefined,
  });
}

async function readAll(
  { kubernetes, logger, repositoryOf }: ImageDependencies,
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
  const { items } = await kubernetes.core.listNode(labelSelector === '' ? {} : { labelSelector });
  const listed = await repository.listTags(signal);
  const wanted = new Set(
    tagsToPrepull(
      listed.map(({ tag }) => tag),
      { ...images, source },
    ),
  );
  const known = digestsOf(before, repository, logger);
  const nodes = items.map(nodeFacts);
  const sizes = new Map(
    nodes.flatMap((node) => node.images.map(({ digest, size }) => [digest, size] as const)),
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
  const digests = new Set(tags.map(({ digest }) => digest));
  return {
    version: 1,
    registry: repository.registry,
    repository: repository.repository,
    tags: tags.map((tag) => ({ ...tag, size: tag.size ?? sizes.get(tag.digest ?? '') ?? null })),
    nodes: nodes
      .map(({ name, images, ...condition }) => ({
        name,
        ...nodeEligibility(condition, lab.tolerations),
        digests: images
          .map(({ digest }) => digest)
          .filter((digest) => digests.has(digest))
          .toSorted(),
      }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
  };
}

/** The digests that the last catalogue had, unless it was of another repository, or of another version of us. */
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

/** What came of reading digests, by tag; null where there is no such tag any more. */
interface DigestsRead {
  readonly digests: ReadonlyMap<string, string | null>;
  readonly failures: ReadonlyMap<string, RegistryError>;
}

/**
 * Reads the digests of tags, since tags move. One that cannot be read is no reason to give up.
 *
 * @throws RegistryError when the registry gives none at all.
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
