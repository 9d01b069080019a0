import { readFile } from 'node:fs/promises';
import { withoutTrailingSlashes } from '../domain/urls';
import { type Authorization, type ClusterAccess, inClusterAccess, readKubeconfig } from './kubeconfig';

/** How long headers are remembered: computing them reads files and may run a plug-in. */
const HEADERS_LIFETIME_MS = 5000;

/** URL of an API server and the credentials for it. */
export interface Credentials {
  /** URL without a trailing slash; may have a path. */
  readonly server: string;
  readonly tls: ClusterAccess['tls'];
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
  const { server, tls, authorization } =
    kubeconfig === undefined ? inClusterAccess(process.env) : readKubeconfig(kubeconfig);
  return { server: withoutTrailingSlashes(server), tls, headers: rememberBriefly(headersBy(authorization)) };
}

/** A function that gives the headers of a request. */
function headersBy(authorization: Authorization): () => Promise<Record<string, string>> {
  switch (authorization.by) {
    case 'certificate':
      return async () => ({});
    case 'token':
      return async () => bearer(authorization.token);
    case 'tokenFile':
      return async () => bearer(await readFile(authorization.path, 'utf8'));
    case 'library':
      return byLibrary(authorization.kubeconfig);
  }
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token.trim()}` });

function byLibrary(kubeconfig: string): () => Promise<Record<string, string>> {
  let headers: (() => Promise<Record<string, string>>) | null = null;
  return async () => {
    headers ??= (await import('./authenticators.js')).authenticator(kubeconfig);
    return headers();
  };
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
