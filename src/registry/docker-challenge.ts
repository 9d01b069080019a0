import { type Challenge, parseChallenges } from '../http/challenges';
import { isAllowedRealm, type RealmRules, realmOf } from './docker-realm';
import { RegistryError } from './registry-error';

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
