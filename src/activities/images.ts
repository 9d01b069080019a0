import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Config } from '../config/config';
import { errorMessage } from '../domain/errors';
import type { ImageCatalogue } from '../domain/images/catalogue';
import { offerOf } from '../domain/images/offer';
import type { WantedPull } from '../domain/prepull';
import { missingPulls } from '../domain/prepull';
import { RegistryError } from '../registry/errors';
import type { CatalogueState } from '../workflow-clients/catalogue';
import { encodeCatalogue } from '../workflow-clients/catalogue';
import type { CatalogueRefresh } from '../workflows/image-catalogue/messages';
import { type ReadingDependencies, readAll } from './catalogue-reading';
import { withHeartbeat } from './lease';

/** Share of an attempt's time for reading; the rest is for publishing that reading timed out. */
const READING_SHARE = 0.9;

/** Dependencies of a refresh. */
export interface ImageDependencies extends ReadingDependencies {
  /** The present configuration; read once per refresh. */
  readonly config: () => Config;
  readonly readCatalogue: () => Promise<CatalogueState>;
  /** Publishes the result of a refresh; `before` is what was published last. */
  readonly publish: (refresh: CatalogueRefresh, before: CatalogueState) => Promise<void>;
  /** Requests the pulls that nodes lack, in this order; an empty list withdraws earlier requests. */
  readonly wantPulls: (pulls: readonly WantedPull[], config: Config) => Promise<void>;
}

/** Counts of a refresh. */
export interface RefreshSummary {
  readonly tags: number;
  /** Tags of the registry that are not kept; see `leftOut` of the catalogue. */
  readonly leftOut?: number;
  readonly nodes: number;
  readonly missing: number;
  /** Whether anything differs from what was published before. */
  readonly isChanged: boolean;
}

export type ImageActivities = ReturnType<typeof createImageActivities>;

/** The activities of the image catalogue. */
export function createImageActivities(dependencies: ImageDependencies) {
  return {
    /**
     * Reads tags, the digests of those that are prepulled, and nodes; publishes differences; and requests the pulls
     * that nodes lack. When registry or cluster cannot be read, the catalogue stays, and the reason is published.
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
  const { tags, nodes, leftOut } = catalogue;
  const counted = { tags: tags.length, nodes: nodes.length, missing: pulls.length, isChanged };
  return leftOut ? { ...counted, leftOut } : counted;
}

/** Reads registry and nodes, and publishes differences, or why they could not be read. */
async function publishNews(
  dependencies: ImageDependencies,
  config: Config,
  signal: AbortSignal,
): Promise<{ readonly catalogue: ImageCatalogue; readonly isChanged: boolean }> {
  const { logger, publish } = dependencies;
  const limitMs = Context.current().info.startToCloseTimeoutMs * READING_SHARE;
  const timeIsUp = AbortSignal.timeout(limitMs);
  // Before nodes are read: images that they get from now on may be missing in this refresh.
  const refreshedAt = new Date().toISOString();
  const before = await dependencies.readCatalogue();
  try {
    const catalogue = await readAll(dependencies, config, before, AbortSignal.any([signal, timeIsUp]));
    const published = encodeCatalogue(catalogue);
    const isChanged = published.id !== before.published?.id;
    const notice = noticeOf(catalogue);
    if (notice !== null && isChanged) logger.warn({ leftOut: catalogue.leftOut }, notice);
    const news = { catalogue: isChanged ? published : null, refreshedAt, failure: null };
    await publish(notice === null ? news : { ...news, notice }, before);
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

/** The refresh warning about a catalogue, or null. */
function noticeOf({ tags, leftOut = 0 }: ImageCatalogue): string | null {
  if (leftOut === 0) return null;
  return `The repository has ${tags.length + leftOut} tags, of which ${leftOut} are not on offer; see docs/images.md`;
}

/** The failure for an error of a registry: retried, retried after the requested delay, or left to the next refresh. */
function registryFailure(error: RegistryError): ApplicationFailure {
  const { message, isTemporary, retryAfterMs } = error;
  return ApplicationFailure.create({
    type: 'RegistryFailed',
    message,
    nonRetryable: !isTemporary,
    nextRetryDelay: retryAfterMs ?? undefined,
  });
}
