import { type Challenge, parseChallenges } from '../../http/headers';
import { RegistryError } from '../errors';
import { isLoopback } from '../../http/loopback';
import { isDockerHub } from './endpoint';

/** How a registry's challenge is answered: with user and password, or with a token that is asked for at `url`. */
export type ChosenChallenge = { readonly kind: 'basic' } | { readonly kind: 'bearer'; readonly url: URL };

/** The error of a registry that does not let us in. */
export function unauthorized(host: string, problem: string, status = 401): RegistryError {
  return new RegistryError(`Docker registry ${host} ${problem}`, { problem: 'unauthorized', host, status });
}

export interface ChallengeRules extends RealmRules {
  readonly hasCredentials: boolean;
  /** The scope to ask for where the challenge names none. */
  readonly scope: string;
  /** Completes "asks for a user and password, and", where there are none. */
  readonly whyNoCredentials: string;
}

/**
 * Chooses among the challenges of an answer, in whatever order they come: a token of a realm that may be asked, which
 * does without credentials too; else user and password. Unknown schemes are skipped.
 *
 * @throws RegistryError `disallowed` or `unauthorized` when none of them can or must be answered.
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

/** Where a token is asked for, with everything that the challenge says. */
function tokenUrl({ parameters }: Challenge, realm: URL, scope: string): URL {
  const url = new URL(realm);
  url.hash = '';
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  if (!parameters.get('scope')) url.searchParams.set('scope', scope);
  return url;
}

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
function isAllowedRealm(realm: URL, rules: RealmRules): boolean {
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
