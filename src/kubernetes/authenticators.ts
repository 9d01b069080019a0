import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';

/**
 * Authenticates as the current user of a kubeconfig file, by any means that the client library knows: commands
 * (`exec`), OpenID Connect, basic authentication, impersonation. Returns a function that gives the headers of a request.
 *
 * A module of its own, since the library's `KubeConfig` loads the classes of all kinds of objects.
 */
export function authenticator(kubeconfig: string): () => Promise<Record<string, string>> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return async () => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [
      name,
      String(value).trim(),
    ]);
    if (options.auth)
      headers.push(['Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`]);
    return Object.fromEntries(headers);
  };
}
