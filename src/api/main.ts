import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Config } from '../config/config';
import type { ImageCatalogue } from '../domain/images/catalogue';
import type { ImageSource } from '../domain/images/selection';
import type { Fetch } from '../http/fetch';
import type { Address } from '../process/address';
import type { ProcessContext } from '../process/context';
import { configurationNote } from '../process/live-config';
import { patient } from '../process/ops';
import { outgoingOf } from '../process/outgoing';
import type { Service } from '../process/run';
import { createImageRepository } from '../registry/image-repository';
import { ProgressSource } from '../workflow-clients/lab/progress-source';
import { buildApp } from './app';
import { configuredAuthentication } from './authentication/configured';
import type { Dependencies, SpawnContext } from './dependencies';
import { createMetrics } from './plugins/metrics';
import { planFileServer } from './services/file-server-plan';
import { createFileServerWorkflows } from './services/file-server-workflows';
import { createFileServers } from './services/file-servers';
import { createFsadmin } from './services/fsadmin';
import { createCatalogueReader, createImageSource } from './services/images';
import { createLabHistory } from './services/lab-history';
import { createLabKnowledge, createLabProgress, createLabs, provenAddressesOnly } from './services/labs';
import { createSpawnContext } from './services/plan';
import { usageUrls, usernameProofs } from './services/usage-urls';
import { startUsageService } from './usage-service';

/** Least time between two log messages about a lab without a proven address. */
const UNPROVEN_WARNING_MS = 600_000;

interface ImageSourceDependencies {
  readonly catalogue: () => Promise<ImageCatalogue>;
  readonly fetch: Fetch;
  readonly logger: Logger;
}

function imageSource(config: Config, { catalogue, fetch, logger }: ImageSourceDependencies): ImageSource {
  const { images, dropdownMenu, outgoing, timeouts } = config;
  const notify = (notice: string) => logger.warn(`images: ${notice}`);
  return createImageSource({
    settings: { images, dropdownMenu },
    catalogue,
    connect: () => createImageRepository({ images, outgoing, timeouts, notify, fetch }),
  });
}

/** The longest deletion timeout since the process started, for labs whose record has none. */
function longestDeleteTimeout({ liveConfig }: ProcessContext): () => number {
  let longestMs = 0;
  return () => {
    longestMs = Math.max(longestMs, liveConfig.current.config.lab.deleteTimeoutMs);
    return longestMs;
  };
}

/**
 * File servers by the configuration at the start, as the routes below their path prefix are; only the minimum of IDs is
 * the present one.
 */
function fileServersOf(
  { config, sealer, temporal }: ProcessContext,
  terms: () => SpawnContext,
): Dependencies['fileServers'] {
  const { fileserver } = config;
  const { configuration } = terms();
  const { creationTimeoutMs, deleteTimeoutMs } = fileserver.enabled
    ? fileserver
    : { creationTimeoutMs: 0, deleteTimeoutMs: 0 };
  return createFileServers({
    workflows: createFileServerWorkflows({
      client: temporal.client,
      plan: (owner) => planFileServer({ sealer, terms: () => ({ settings: config, configuration }) }, owner),
      timeouts: () => ({ deleteMs: deleteTimeoutMs }),
    }),
    rules: () => ({ minimumId: terms().settings.lab.minimumId, creationTimeoutMs, deleteTimeoutMs }),
  });
}

/** The problems in a probe's answer; nothing without any. */
function notesOf(problems: Readonly<Record<string, string | null>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem !== null));
}

/** Addresses of the API and, if enabled, of the listener for usage reports. */
export interface ApiAddresses {
  readonly listen: Address;
  readonly activityListen: Address;
}

/**
 * Serves the API and returns once it listens. `address` is its URL.
 *
 * @throws ConfigError when its callers could not be authenticated safely at that address.
 */
export async function startApi(
  context: ProcessContext,
  { listen, activityListen }: ApiAddresses,
): Promise<Service & { readonly address: string }> {
  const { config, logger, temporal } = context;
  const metrics = createMetrics();
  const catalogue = createCatalogueReader(temporal.client, logger);
  const outgoing = outgoingOf(config);
  const proofs = usernameProofs(context.sealer);
  const knowledge = createLabKnowledge(temporal.client);
  const published = createLabs(temporal.client, longestDeleteTimeout(context), knowledge);
  const warned = new LRUCache<string, true>({ max: 1_000, ttl: UNPROVEN_WARNING_MS });
  const onUnproven = (user: string) => {
    metrics.unprovenAddresses.inc();
    if (warned.has(user)) return;
    warned.set(user, true);
    logger.warn({ user }, 'the address of a lab is not proven; the lab is shown without a URL');
  };
  const read = provenAddressesOnly(published, { prover: context.prover, onUnproven });
  const labs = { ...published, read };
  const terms = createSpawnContext({
    current: () => context.liveConfig.current,
    sealer: context.sealer,
    hub: config.hub,
    imagesOf: (config) => imageSource(config, { catalogue, logger, fetch: outgoing.registries }),
  });
  const { readinessPatienceMs } = config.timeouts;
  const labsKnown = patient(() => knowledge.reconciled.check(), readinessPatienceMs);
  const catalogueKnown = patient(() => terms().images.offer(), readinessPatienceMs);
  const checks = { temporal: temporal.check, labs: labsKnown.check, catalogue: catalogueKnown.check };
  const notes = () => notesOf({ labs: labsKnown.note(), catalogue: catalogueKnown.note() });
  const reportFailure: Dependencies['reportFailure'] = (error, { username }) =>
    logger.error({ err: error, user: username }, 'request failed');
  const app = await buildApp({
    settings: config,
    logger,
    authentication: configuredAuthentication(config, listen, outgoing.services),
    terms,
    sealer: context.sealer,
    usageUrlOf: usageUrls(config, proofs),
    labs,
    fsadmin: createFsadmin(temporal.client, { terms, sealer: context.sealer }),
    history: createLabHistory(temporal.client),
    progress: createLabProgress(
      new ProgressSource(temporal.client, config.timeouts.eventRetentionMs),
      knowledge,
    ),
    fileServers: fileServersOf(context, terms),
    metrics,
    checks,
    notes: () => ({ configuration: configurationNote(context.liveConfig), ...notes() }),
    reportFailure,
  });
  const address = await app.listen(listen);
  const stopReading = knowledge.list.keepRecent();
  const usage = await startUsageService({
    config,
    listen: activityListen,
    fetch: outgoing.services,
    labs,
    logger,
    metrics,
    proofs,
    reportFailure,
  }).catch(async (error: unknown) => {
    stopReading();
    await app.close();
    throw error;
  });
  return {
    name: 'api',
    address,
    checks,
    notes,
    metrics: [metrics.registry],
    async close() {
      stopReading();
      await Promise.all([app.close(), usage?.close()]);
    },
    failed: new Promise(() => {}),
  };
}
