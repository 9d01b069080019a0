import type { Challenge } from '../http/challenges';
import { isLoopback } from '../http/loopback';
import { isDockerHub } from './docker-host';

/** What decides where credentials for a registry may be sent. */
export interface RealmRules {
  /** The registry as it is configured. */
  readonly registry: string;
  /** Where it is asked. */
  readonly registryUrl: URL;
  /** Hosts and URLs besides the registry; undefined for Docker Hub's own. */
  readonly allowedAuthRealms: readonly string[] | undefined;
  /** Whether a host may be asked over plain HTTP; only this machine by default. */
  readonly isPlainHttpAllowed?: ((url: URL) => boolean) | undefined;
}

/**
 * The realm that a challenge names; null if that is no URL. A registry behind a proxy may not know that it is asked over
 * TLS: a realm on its own host is then asked as the registry is.
 */
export function realmOf({ parameters }: Challenge, registryUrl: URL): URL | null {
  const text = parameters.get('realm') ?? '';
  if (!URL.canParse(text)) return null;
  const realm = new URL(text);
  const isOwnHost = realm.host === registryUrl.host;
  if (isOwnHost && realm.protocol === 'http:' && registryUrl.protocol === 'https:') realm.protocol = 'https:';
  return realm;
}

/**
 * Whether credentials for a registry may be sent to a realm: over `https`, or plain HTTP where that is allowed; without
 * user information; and at the registry itself or at a host or URL of `allowedAuthRealms`. Without a list, Docker Hub's
 * own token service is allowed for Docker Hub.
 */
export function isAllowedRealm(realm: URL, rules: RealmRules): boolean {
  const { registry, registryUrl, allowedAuthRealms } = rules;
  const { isPlainHttpAllowed = ({ hostname }) => isLoopback(hostname) } = rules;
  const isSafe = realm.protocol === 'https:' || (realm.protocol === 'http:' && isPlainHttpAllowed(realm));
  if (!isSafe || realm.username !== '' || realm.password !== '') return false;
  if (realm.host === registryUrl.host) return realm.protocol === registryUrl.protocol;
  const listed = allowedAuthRealms ?? (isDockerHub(registry) ? ['auth.docker.io'] : []);
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
