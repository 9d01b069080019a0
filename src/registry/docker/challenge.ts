import { isLoopback } from '../../http/fetch';
import { type Challenge, parseChallenges } from '../../http/headers';
import { RegistryError } from '../errors';
import { isDockerHub } from './endpoint';

/** The challenge to answer: HTTP Basic with the credentials, or a bearer token requested at `url`. */
export type ChosenChallenge = { readonly kind: 'basic' } | { readonly kind: 'bearer'; readonly url: URL };

/** An `unauthorized` error; `problem` completes "Docker registry <host> …". */
export function unauthorized(host: string, problem: string, status = 401): RegistryError {
  return new RegistryError(`Docker registry ${host} ${problem}`, { problem: 'unauthorized', host, status });
}

export interface ChallengeRules extends RealmRules {
  readonly hasCredentials: boolean;
  /** Scope of the token request when the challenge has none. */
  readonly scope: string;
  /** Reason for the lack of credentials, which completes "asks for a user and password, and …". */
  readonly whyNoCredentials: string;
}

/**
 * Chooses one challenge of a 401 response, independent of their order: a bearer token of an allowed realm, which is
 * requested without credentials too if there are none; else HTTP Basic. Unknown schemes are skipped.
 *
 * @throws RegistryError `disallowed` when only other realms are named, `unauthorized` when none can be answered.
 */
export function chooseChallenge(header: string | null, rules: ChallengeRules): ChosenChallenge {
  const challenges = parseChallenges(header ?? '');
  const bearers = challenges.filter(({ scheme }) => scheme === 'bearer');
  const isBasic = challenges.some(({ scheme }) => scheme === 'basic');
  const realms = bearers.map((challenge) => ({ challenge, realm: realmOf(challenge, rules.registryUrl) }));
  for (const { challenge, realm } of realms) {
    if (realm && isAllowedRealm(realm, rules)) {
      return { kind: 'bearer', url: tokenUrl(challenge, realm, rules.scope) };
    }
  }
  if (isBasic && rules.hasCredentials) return { kind: 'basic' };
  const { registry } = rules;
  const refused = realms.find(({ realm }) => realm)?.realm;
  if (refused) {
    const message = `Docker registry ${registry} asked for authentication at disallowed ${refused.host || refused.protocol}`;
    throw new RegistryError(message, { problem: 'disallowed', host: registry });
  }
  if (bearers.length > 0) throw unauthorized(registry, 'asks for a token and does not say where to get it');
  if (isBasic) throw unauthorized(registry, `asks for a user and password, and ${rules.whyNoCredentials}`);
  const schemes = challenges.map(({ scheme }) => scheme.slice(0, 20)).join(', ');
  const how = schemes ? `by ${schemes}, which we cannot` : 'and does not say how';
  throw unauthorized(registry, `asks for authentication ${how}`);
}

/** URL of the token request, with all parameters of the challenge. */
function tokenUrl({ parameters }: Challenge, realm: URL, scope: string): URL {
  const url = new URL(realm);
  url.hash = '';
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  if (!parameters.get('scope')) url.searchParams.set('scope', scope);
  return url;
}

/** Rules for the URLs that credentials of a registry may be sent to. */
export interface RealmRules {
  /** Host of the registry in the configuration. */
  readonly registry: string;
  /** URL that requests to it are sent to. */
  readonly registryUrl: URL;
  /** Hosts and URLs besides the registry; undefined allows Docker Hub's token service for Docker Hub. */
  readonly allowedAuthRealms: readonly string[] | undefined;
  /** Whether plain HTTP to a URL is allowed; only to loopback by default. */
  readonly isPlainHttpAllowed?: ((url: URL) => boolean) | undefined;
}

/**
 * The realm of a challenge; null if it is no URL. A registry behind a proxy that terminates TLS may name `http` for a
 * realm on its own host: it is then requested with `https`, as the registry is.
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
function isAllowedRealm(realm: URL, rules: RealmRules): boolean {
  const { registry, registryUrl, allowedAuthRealms } = rules;
  const { isPlainHttpAllowed = ({ hostname }) => isLoopback(hostname) } = rules;
  const isSafe = realm.protocol === 'https:' || (realm.protocol === 'http:' && isPlainHttpAllowed(realm));
  if (!isSafe || realm.username !== '' || realm.password !== '') return false;
  if (realm.host === registryUrl.host) return realm.protocol === registryUrl.protocol;
  const listed = allowedAuthRealms ?? (isDockerHub(registry) ? ['auth.docker.io'] : []);
  return listed.some((entry) => isListed(realm, entry));
}

/** An entry without a path matches all paths of its host; one with a path matches that path only. */
function isListed(realm: URL, entry: string): boolean {
  const hasScheme = entry.includes('://');
  const text = hasScheme ? entry : `${realm.protocol}//${entry}`;
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.origin !== realm.origin) return false;
  return url.pathname === '/' || url.pathname === realm.pathname;
}
