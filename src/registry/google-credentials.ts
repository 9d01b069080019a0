import type { AuthClient } from 'google-auth-library';
import { RegistryError } from './registry-error';

/** Gives the headers that authorize a request to a URL. */
export type Authorize = (url: URL) => Promise<Readonly<Record<string, string>>>;

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];

/**
 * Authorizes by Google's application default credentials, such as workload identity. They are looked for with the
 * first request, and only then is Google's library loaded.
 *
 * @throws RegistryError `unauthorized` when there are none or they are refused, `unavailable` when Google is.
 */
export function applicationDefaultCredentials(projectId: string, subject: string, host: string): Authorize {
  let loading: Promise<AuthClient> | undefined;

  async function client(): Promise<AuthClient> {
    try {
      const { GoogleAuth } = await import('google-auth-library');
      // Without a project it would look for one, over the network.
      return await new GoogleAuth({ scopes: SCOPES, projectId }).getClient();
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
      throw refused(error, subject, host);
    }
  };
}

/** The library's words are not kept: they may quote what was sent. */
function refused(error: unknown, subject: string, host: string): RegistryError {
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
