import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { dirname, resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
// The part of the client library that reads kubeconfig files, without the classes of all kinds of objects.
import { newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import { parse } from 'yaml';
import { z } from 'zod';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** How requests are authorized, where not by the connection's certificate alone. */
export type Authorization =
  | { readonly by: 'certificate' }
  | { readonly by: 'token'; readonly token: string }
  | { readonly by: 'tokenFile'; readonly path: string }
  /** By other means, which the client library knows. */
  | { readonly by: 'library'; readonly kubeconfig: string };

/** A cluster and a user of it, as a kubeconfig file or a pod's service account describes them. */
export interface ClusterAccess {
  readonly server: string;
  readonly tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;
  readonly authorization: Authorization;
}

const document = z.looseObject({
  'current-context': z.string().optional(),
  clusters: z.array(z.looseObject({})).nullish(),
  users: z.array(z.looseObject({})).nullish(),
  contexts: z.array(z.looseObject({})).nullish(),
});

/**
 * The cluster that a pod runs in, as the kubelet describes it to the pod.
 *
 * @throws Error when the process runs in no pod.
 */
export function inClusterAccess({
  KUBERNETES_SERVICE_HOST: host = '',
  KUBERNETES_SERVICE_PORT: port = '',
}: NodeJS.ProcessEnv): ClusterAccess {
  if (host === '' || port === '') {
    throw new Error('no kubeconfig is given, and this process does not run in a Kubernetes pod');
  }
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    tls: { ca: readFileSync(`${SERVICE_ACCOUNT}/ca.crt`) },
    authorization: { by: 'tokenFile', path: `${SERVICE_ACCOUNT}/token` },
  };
}

/**
 * Reads the current context of a kubeconfig file, and the certificates that it names.
 *
 * @throws Error when the file is incomplete, or asks for what is not supported.
 */
export function readKubeconfig(path: string): ClusterAccess {
  const text = document.parse(parse(readFileSync(path, 'utf8')));
  const context = newContexts(text.contexts).find(({ name }) => name === text['current-context']);
  const cluster = newClusters(text.clusters).find(({ name }) => name === context?.cluster);
  const user = newUsers(text.users).find(({ name }) => name === context?.user);
  if (!cluster) throw new Error(`${path} names no cluster in its current context`);
  if (cluster.proxyUrl) throw new Error(`${path} asks for a proxy, which is not supported`);
  const bytes = (file?: string | null, data?: string | null): Buffer | undefined => {
    if (file) return readFileSync(resolve(dirname(path), file));
    return data ? Buffer.from(data, 'base64') : undefined;
  };
  const isSimple = !(user?.exec || user?.authProvider || user?.username || user?.impersonateUser);
  return {
    server: cluster.server,
    tls: {
      ca: bytes(cluster.caFile, cluster.caData),
      cert: bytes(user?.certFile, user?.certData),
      key: bytes(user?.keyFile, user?.keyData),
      servername: cluster.tlsServerName,
      rejectUnauthorized: cluster.skipTLSVerify ? false : undefined,
    },
    authorization: isSimple ? tokenOf(user?.token) : { by: 'library', kubeconfig: path },
  };
}

const tokenOf = (token: string | null | undefined): Authorization =>
  token ? { by: 'token', token } : { by: 'certificate' };
