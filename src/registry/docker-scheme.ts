import { failureCode } from '../http/fetch';
import { isLoopback } from '../http/loopback';
import { isCertificateFailure } from './network-failure';
import { RegistryError } from './registry-error';
import { type RegistryService, sendRegistryRequest, type Transport } from './registry-request';

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
