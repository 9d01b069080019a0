import { isLoopback } from '../http/loopback';
import { isDockerHub } from './docker-host';

/**
 * Whether credentials for a registry may be sent to a realm: over `https`, or plain HTTP on this machine; without
 * user information; and at the registry itself or at a host or URL of `allowed`. Without a list, Docker Hub's own
 * token service is allowed for Docker Hub.
 */
export function isAllowedRealm(
  realm: URL,
  registryUrl: URL,
  registry: string,
  allowed: readonly string[] | undefined,
): boolean {
  const isSafe = realm.protocol === 'https:' || (realm.protocol === 'http:' && isLoopback(realm.hostname));
  if (!isSafe || realm.username !== '' || realm.password !== '') return false;
  if (realm.host === registryUrl.host) return realm.protocol === registryUrl.protocol;
  const listed = allowed ?? (isDockerHub(registry) ? ['auth.docker.io'] : []);
  return listed.some((entry) => isListed(realm, entry));
}

/** A bare host stands for all of its paths; a URL with a path, for that path only. */
function isListed(realm: URL, entry: string): boolean {
  const hasScheme = entry.includes('://');
  const text = hasScheme ? entry : `${realm.protocol}//${entry}`;
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.origin !== realm.origin) return false;
  return url.pathname === '/' || url.pathname === realm.pathname;
}
