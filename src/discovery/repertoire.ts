import { z } from 'zod';
import type { DiscoveryDocument } from '../domain/discovery';
import { DomainError } from '../domain/errors';
import { withoutTrailingSlashes } from '../domain/urls';
import { ANSWER_LIMITS, type Fetch } from '../http/fetch';
import { documentOf, getJson } from '../http/json';

/** Pause after a failed refresh, in ms. */
const RETRY_MS = 10_000;

export interface DiscoveryOptions {
  /** Base URL of Repertoire, without `/discovery`. */
  readonly repertoireBaseUrl: string;
  readonly discoveryCacheMs: number;
  readonly timeoutMs: number;
  readonly fetch?: Fetch | undefined;
}

export interface DiscoveryClient {
  /**
   * The current document: cached for `discoveryCacheMs`, refreshed by one request at a time. When a refresh fails, the
   * previous document stays in use.
   *
   * @throws DomainError `discovery_error` when none has been read yet.
   */
  read(): Promise<DiscoveryDocument>;
}

const service = z.object({
  url: z.string(),
  versions: z
    .record(z.string(), z.object({ url: z.string() }))
    .nullish()
    .transform(orEmpty),
});

const dataset = z
  .object({ butler_config: z.string().nullish(), services: z.record(z.string(), service).nullish() })
  .transform(({ butler_config, services }) => ({
    butlerConfig: butler_config ?? null,
    services: orEmpty(services),
  }));

const influxdbDatabase = z
  .object({
    credentials_url: z.string(),
    database: z.string(),
    local: z.boolean().default(false),
    schema_registry: z.string(),
    url: z.string(),
  })
  .transform(({ credentials_url, schema_registry, ...rest }) => ({
    ...rest,
    credentialsUrl: credentials_url,
    schemaRegistry: schema_registry,
  }));

const document = z
  .object({
    datasets: z.record(z.string(), dataset).nullish(),
    influxdb_databases: z.record(z.string(), influxdbDatabase).nullish(),
    services: z.object({ internal: z.record(z.string(), service).nullish() }).nullish(),
  })
  .transform(({ datasets, influxdb_databases, services }) => ({
    datasets: orEmpty(datasets),
    influxdbDatabases: orEmpty(influxdb_databases),
    services: { internal: orEmpty(services?.internal) },
  })) satisfies z.ZodType<DiscoveryDocument>;

/** Creates a client of service discovery; the first request is sent by the first `read`. */
export function createDiscoveryClient(options: DiscoveryOptions): DiscoveryClient {
  let latest: DiscoveryDocument | null = null;
  let freshUntil = 0;
  let refresh: Promise<DiscoveryDocument> | null = null;

  async function renew(): Promise<DiscoveryDocument> {
    try {
      latest = await request(options);
      freshUntil = performance.now() + options.discoveryCacheMs;
      return latest;
    } catch (error) {
      if (!latest) throw error;
      freshUntil = performance.now() + Math.min(RETRY_MS, options.discoveryCacheMs);
      return latest;
    } finally {
      refresh = null;
    }
  }

  return {
    async read() {
      if (latest && performance.now() < freshUntil) return latest;
      refresh ??= renew();
      return refresh;
    },
  };
}

async function request({ repertoireBaseUrl, timeoutMs, fetch = globalThis.fetch }: DiscoveryOptions) {
  const url = `${withoutTrailingSlashes(repertoireBaseUrl)}/discovery`;
  const answer = await getJson(
    url,
    { limitBytes: ANSWER_LIMITS.discovery },
    { fetch, timeoutMs },
    discoveryFailed,
  );
  return documentOf(answer, document, discoveryFailed);
}

function discoveryFailed(problem: string): DomainError {
  return new DomainError('discovery_error', `Service discovery failed: ${problem}`);
}

function orEmpty<T>(record: Record<string, T> | null | undefined): Record<string, T> {
  return record ?? {};
}
