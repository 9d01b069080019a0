import { failureCode } from '../../http/fetch';
import { isLoopback } from '../../http/loopback';
import { isCertificateFailure, RegistryError } from '../errors';
import { type RegistryService, sendRegistryRequest, type Transport } from '../request';

/** What a TLS handshake comes to with a peer that speaks plain HTTP; one that sends an alert speaks TLS. */
const NO_TLS = /^(?:ERR_SSL_(?!\w*ALERT)|EPROTO$)/;

/**
 * What it may come to as well, on loopback. A registry that is about to start gives the same, and elsewhere so can
 * those on the way.
 */
const PERHAPS_NO_TLS = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * Finds out how a registry is asked that may be asked over plain HTTP: over TLS first, as container engines do. Gives
 * the URL of the repository with the scheme that works, and remembers it.
 */
export function schemeFinder(
  repositoryUrl: URL,
  service: RegistryService,
  { fetch, timeoutMs }: Transport,
): (signal?: AbortSignal) => Promise<URL> {
  let known: URL | null = null;

  async function find(signal?: AbortSignal): Promise<URL> {
    let code: string | null = null;
    const probing: Transport['fetch'] = (url, init) =>
      fetch(url, init).catch((error: unknown) => {
        code = isCertificateFailure(error) ? null : failureCode(error);
        throw error;
      });
    const plain = new URL(repositoryUrl);
    plain.protocol = 'http:';
    try {
      const url = new URL('/v2/', repositoryUrl);
      const answer = await sendRegistryRequest({ method: 'GET', url, headers: {}, signal }, service, {
        fetch: probing,
        timeoutMs,
      });
      await answer.discard();
    } catch (error) {
      // Any answer has come over TLS, also one that is not used.
      const isAnswer = code === null && error instanceof RegistryError && error.problem !== 'untrusted';
      if (isAnswer) return (known = repositoryUrl);
      const isHere = isLoopback(repositoryUrl.hostname);
      if (isHere && code !== null && PERHAPS_NO_TLS.has(code)) return plain;
      if (code === null || !NO_TLS.test(code)) throw error;
      return (known = plain);
    }
    return (known = repositoryUrl);
  }

  return async (signal) => known ?? find(signal);
}

const DOCKER_HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);
const DOCKER_HUB_API = 'registry-1.docker.io';

/** Whether a host, its port included or not, is one of the names of Docker Hub. */
export function isDockerHub(host: string): boolean {
  return DOCKER_HUB.has(host.toLowerCase());
}

/**
 * Where the API of a repository is, over TLS. Docker Hub answers under a host of its own.
 *
 * @throws Error for a host that is none.
 */
export function repositoryUrl(registry: string, repository: string): URL {
  const host = isDockerHub(registry) ? DOCKER_HUB_API : registry;
  const name = isDockerHub(registry) && !repository.includes('/') ? `library/${repository}` : repository;
  const path = name.split('/').map(encodeURIComponent).join('/');
  const text = `https://${host}/v2/${path}/`;
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(text))
    throw new Error(`"${registry}" is not the host of a registry`);
  return new URL(text);
}
