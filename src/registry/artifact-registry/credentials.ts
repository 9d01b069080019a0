import type { AuthClient } from 'google-auth-library';
import { ANSWER_LIMITS, type Fetch, fetchWithinOrigin, readBody } from '../../http/fetch';
import { RegistryError } from '../errors';
import type { RegistryService } from '../request';

/** Returns the headers that authorize a request to a URL. */
export type Authorize = (url: URL) => Promise<Readonly<Record<string, string>>>;

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];

/**
 * Authorizes with Google's application default credentials, such as workload identity. Google's library is loaded by
 * the first request, which also looks the credentials up. Tokens are requested with `fetch` if it is given, except for
 * those of the metadata server of Google's machines.
 *
 * @throws RegistryError `unauthorized` without credentials or when they are refused, `unavailable` for other failures.
 */
export function applicationDefaultCredentials(
  projectId: string,
  service: RegistryService,
  fetch?: Fetch,
): Authorize {
  const { subject, host } = service;
  let loading: Promise<AuthClient> | undefined;

  async function client(): Promise<AuthClient> {
    try {
      const { GoogleAuth } = await import('google-auth-library');
      const clientOptions = fetch ? { transporterOptions: { fetchImplementation: fetchFor(fetch) } } : {};
      // Without a project ID the library looks for one over the network.
      return await new GoogleAuth({ scopes: SCOPES, projectId, clientOptions }).getClient();
    } catch {
      loading = undefined;
      const remedy =
        'set up workload identity, or name a file of credentials in GOOGLE_APPLICATION_CREDENTIALS';
      const message = `${subject} cannot be asked: no usable application default credentials were found; ${remedy}`;
      throw new RegistryError(message, { problem: 'unauthorized', host });
    }
  }

  return async (url) => {
    loading ??= client();
    const found = await loading;
    try {
      return Object.fromEntries(await found.getRequestHeaders(url.href));
    } catch (error) {
      throw refused(error, service);
    }
  };
}

/** A `fetch` for the library, with bounded bodies and redirects within the origin only. */
function fetchFor(fetch: Fetch): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const { method, headers, body, signal } = init;
    const sent = { ...(method ? { method } : {}), ...(headers ? { headers } : {}) };
    const request = { ...sent, ...(body ? { body } : {}), ...(signal ? { signal } : {}) };
    const { response } = await fetchWithinOrigin(fetch, url, request);
    const content = await readBody(response, ANSWER_LIMITS.token);
    const { status, statusText } = response;
    return new Response(status === 204 ? null : content, { status, statusText, headers: response.headers });
  };
}

/** The library's message is dropped, since it may quote the request. */
function refused(error: unknown, { subject, host }: RegistryService): RegistryError {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : null;
  const isRefusal = typeof status === 'number' && status >= 400 && status < 500;
  const problem = isRefusal ? 'unauthorized' : 'unavailable';
  const what = isRefusal ? 'were refused' : 'cannot be exchanged for a token now';
  return new RegistryError(`${subject} cannot be asked: the application default credentials ${what}`, {
    problem,
    host,
    ...(typeof status === 'number' ? { status } : {}),
  });
}
