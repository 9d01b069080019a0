import { failureCode, isLoopback } from '../../http/fetch';
import { isCertificateFailure, RegistryError } from '../errors';
import { type RegistryService, sendRegistryRequest, type Transport } from '../request';

/** Error codes of a TLS handshake with a server of plain HTTP. A TLS alert excludes that: its sender speaks TLS. */
const NO_TLS = /^(?:ERR_SSL_(?!\w*ALERT)|EPROTO$)/;

/**
 * Further codes that are taken for plain HTTP on loopback only: a registry that is just starting causes them too, and
 * elsewhere an attacker on the path could.
 */
const PERHAPS_NO_TLS = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * Finds the scheme of a registry for which plain HTTP is allowed: TLS is tried first, as container engines do. The
 * function returned gives the repository's URL with the scheme that works, and caches it.
 */
export function createSchemeProbe(
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
      // Any HTTP response, usable or not, proves that the registry speaks TLS.
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

/** Whether a host is one of Docker Hub's. */
export function isDockerHub(host: string): boolean {
  return DOCKER_HUB.has(host.toLowerCase());
}

/**
 * The `https` URL of a repository's API. Docker Hub's API has a host of its own.
 *
 * @throws Error for an invalid host.
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
