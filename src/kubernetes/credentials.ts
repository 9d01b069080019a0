import type { RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { bufferFromFileOrString, KubeConfig } from '@kubernetes/client-node';
import { withoutTrailingSlashes } from '../domain/urls';

/** How long headers are cached: computing them reads files and may run a plug-in. */
const HEADERS_LIFETIME_MS = 5000;

/** URL of an API server and the credentials for it. */
export interface Credentials {
  /** URL without a trailing slash; may have a path. */
  readonly server: string;
  readonly tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;
  /** Authorization and impersonation headers; token files are read again when they change. */
  headers(): Promise<Readonly<Record<string, string>>>;
}

/**
 * Reads the current context of a kubeconfig file, or the pod's service account when no file is given.
 * Certificates are read once: a process restarts when they change.
 *
 * @throws Error when the file or the context is incomplete, or the process runs in no cluster.
 */
export function loadCredentials(kubeconfig: string | undefined): Credentials {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromCluster();
  else config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  const source = kubeconfig ?? 'the service account';
  if (!cluster?.server) throw new Error(`${source} names no cluster in its current context`);
  if (cluster.server.includes('undefined')) {
    throw new Error('no kubeconfig is given, and this process does not run in a Kubernetes pod');
  }
  if (cluster.proxyUrl) throw new Error(`${source} asks for a proxy, which is not supported`);
  return {
    server: withoutTrailingSlashes(cluster.server),
    tls: {
      ca: bufferFromFileOrString(cluster.caFile, cluster.caData) ?? undefined,
      cert: bufferFromFileOrString(user?.certFile, user?.certData) ?? undefined,
      key: bufferFromFileOrString(user?.keyFile, user?.keyData) ?? undefined,
      servername: cluster.tlsServerName,
      rejectUnauthorized: cluster.skipTLSVerify ? false : undefined,
    },
    headers: rememberBriefly(() => authorizationOf(config)),
  };
}

async function authorizationOf(config: KubeConfig): Promise<Record<string, string>> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value).trim()]);
  if (options.auth) headers.push(['Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`]);
  return Object.fromEntries(headers);
}

function rememberBriefly<T>(read: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | null = null;
  let readAt = 0;
  return () => {
    if (value === null || performance.now() - readAt > HEADERS_LIFETIME_MS) {
      readAt = performance.now();
      value = read();
      value.catch(() => {
        value = null;
      });
    }
    return value;
  };
}
