import { type Config, parseConfig, readConfigText } from '../../config/config';
import { toConfigError } from '../../config/diagnostics';
import { type Environment, readMetadata } from '../../config/environment';
import type { Fetch } from '../../http/fetch';
import { loadCredentials } from '../../kubernetes/credentials';
import { createHttp, type Http } from '../../kubernetes/http';
import { outgoingOf } from '../../process/outgoing';
import { createTemporalClient, type TemporalClient } from '../../temporal/connection';
import { type Finding, failed, ok, type Subject, warning } from './check';

/** A configuration as far as it can be used, and what was found. */
export interface ReadConfiguration {
  /** Null when it cannot be used. */
  readonly config: Config | null;
  readonly finding: Finding;
}

/** Reads a configuration file with the environment, as processes do at their start. */
export function readConfiguration(path: string, environment: Environment): ReadConfiguration {
  try {
    const { config, warnings } = parseConfig(readConfigText(path), environment);
    const [first, ...others] = warnings.filter(({ severity }) => severity === 'warning');
    if (!first) return { config, finding: ok(path) };
    const more = others.length > 0 ? `; and ${others.length} more` : '';
    return {
      config,
      finding: warning(
        `${path}: ${first.path}: ${first.message}${more}`,
        '`nublado check-config` has all of them.',
      ),
    };
  } catch (error) {
    const { problems } = toConfigError(error);
    const message = problems.map(({ path: key, message: problem }) => `${key}: ${problem}`).join('; ');
    const remedies = [...new Set(problems.map(({ remedy }) => remedy))].join(' ');
    return { config: null, finding: failed(`${path}: ${message}`, remedies) };
  }
}

/** A subject with the clients that it has opened. */
export interface OpenSubject {
  readonly subject: Subject;
  /** Ends all requests and connections. */
  close(): Promise<void>;
}

/** Opens clients when checks ask for them; their requests end after `limitMs`. */
export function openSubject(
  settings: Pick<Subject, 'part' | 'config' | 'environment' | 'apiUrl'>,
  limitMs: number,
): OpenSubject {
  const { config, environment } = settings;
  const startedAt = performance.now();
  const ended = new AbortController();
  const bounded =
    (fetch: Fetch = globalThis.fetch): Fetch =>
    (url, init) =>
      fetch(url, {
        ...init,
        signal: init.signal ? AbortSignal.any([init.signal, ended.signal]) : ended.signal,
      });
  const { registries, services } = outgoingOf(config);
  let temporal: TemporalClient | null = null;
  let http: Http | null = null;
  const remainingMs = () => Math.max(1, Math.ceil(limitMs - (performance.now() - startedAt)));
  return {
    subject: {
      ...settings,
      metadata: readMetadata(config.metadataPath),
      kubernetes() {
        http ??= createHttp(loadCredentials(environment.KUBECONFIG || undefined), {
          requestTimeoutMs: limitMs,
        });
        return http;
      },
      temporal() {
        temporal ??= createTemporalClient({ maxAttempts: 1 });
        return temporal;
      },
      outgoing: { registries: bounded(registries), services: bounded(services) },
      remainingMs,
    },
    async close() {
      ended.abort();
      await Promise.all([http?.close(), temporal?.close()]);
    },
  };
}
