import { type Challenge, parseChallenges } from '../http/challenges';
import { isSendable } from '../http/fetch';
import type { DockerCredentials } from './docker-credentials';
import { isAllowedRealm } from './docker-realm';
import { RegistryError } from './registry-error';
import type { RegistryAnswer, RegistryRequest, RegistryService } from './registry-request';

/** What a token must allow; registries issue them for no more than was asked for. */
export type DockerAction = 'pull' | 'delete';

/** Permission to ask, remembered until it expires or is refused. */
export interface Grant {
  /** Value of the `Authorization` header; rejects if none could be had. */
  readonly authorization: Promise<string>;
}

export interface GrantOptions {
  readonly registry: string;
  readonly registryUrl: URL;
  readonly credentials: DockerCredentials | null;
  readonly allowedAuthRealms: readonly string[] | undefined;
  /** Sends a request to the token service. */
  readonly send: (request: RegistryRequest, service: RegistryService) => Promise<RegistryAnswer>;
}

/** How the client comes by permission: HTTP Basic, or tokens of the service that the registry names. */
export interface Grants {
  /** What is remembered and still good; undefined at first. */
  current(action: DockerAction): Grant | undefined;
  /**
   * Answers the challenge that came after `used`. Requests that are challenged at once share one answer.
   *
   * @throws RegistryError before anything is sent, if the challenge cannot or must not be answered.
   */
  answer(action: DockerAction, used: Grant | undefined, challenge: string | null): Grant;
}

/** Part of a token's life after which it is no longer used, so that none expires on its way. */
const USED_PART = 0.9;
const DEFAULT_LIFE_S = 60;

/** Remembers grants of one registry's repository. */
export function createGrants(options: GrantOptions): Grants {
  const { registry: host, credentials } = options;
  const grants = new Map<DockerAction, Grant & { validUntilMs: number }>();

  function remember(action: DockerAction, obtain: () => Promise<Token>): Grant {
    const obtained = obtain();
    const grant = {
      authorization: obtained.then(({ authorization }) => authorization),
      validUntilMs: Infinity,
    };
    grants.set(action, grant);
    obtained.then(
      ({ validUntilMs }) => {
        grant.validUntilMs = validUntilMs;
      },
      () => {
        if (grants.get(action) === grant) grants.delete(action);
      },
    );
    return grant;
  }

  function current(action: DockerAction): Grant | undefined {
    const grant = grants.get(action);
    return grant && performance.now() < grant.validUntilMs ? grant : undefined;
  }

  return {
    current,
    answer(action, used, header) {
      const known = current(action);
      if (known && known !== used) return known;
      const challenge = supportedChallenge(header, host);
      if (challenge.scheme === 'bearer') {
        const url = tokenUrl(challenge, options);
        return remember(action, () => requestToken(url, options));
      }
      if (!credentials) {
        throw unauthorized(
          host,
          'asks for a user and password, and there are none for it in the credentials file',
        );
      }
      const token = { authorization: credentials.authorization(), validUntilMs: Infinity };
      return remember(action, async () => token);
    },
  };
}

/** The error of a registry that does not let us in. */
export function unauthorized(host: string, problem: string, status = 401): RegistryError {
  return new RegistryError(`Docker registry ${host} ${problem}`, { problem: 'unauthorized', host, status });
}

function supportedChallenge(header: string | null, host: string): Challenge {
  const challenges = parseChallenges(header ?? '');
  const found = challenges.find(({ scheme }) => scheme === 'bearer' || scheme === 'basic');
  if (found) return found;
  const schemes = challenges.map(({ scheme }) => scheme.slice(0, 20)).join(', ');
  throw unauthorized(
    host,
    `asks for authentication ${schemes ? `by ${schemes}, which we cannot` : 'and does not say how'}`,
  );
}

/** Where a token is asked for, with everything that the challenge says. */
function tokenUrl(
  { parameters }: Challenge,
  { registry, registryUrl, allowedAuthRealms }: GrantOptions,
): URL {
  const realm = parameters.get('realm') ?? '';
  if (!URL.canParse(realm)) throw unauthorized(registry, 'asks for a token and does not say where to get it');
  const url = new URL(realm);
  if (!isAllowedRealm(url, registryUrl, registry, allowedAuthRealms)) {
    const message = `Docker registry ${registry} asked for authentication at disallowed ${url.host || url.protocol}`;
    throw new RegistryError(message, { problem: 'disallowed', host: registry });
  }
  url.hash = '';
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  return url;
}

interface Token {
  readonly authorization: string;
  /** On the clock of `performance.now()`. */
  readonly validUntilMs: number;
}

async function requestToken(url: URL, { registry: host, credentials, send }: GrantOptions): Promise<Token> {
  const startedAt = performance.now();
  const subject = `Token service ${url.host} of Docker registry ${host}`;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (credentials) headers['authorization'] = credentials.authorization();
  const answer = await send({ method: 'GET', url, headers }, { subject, host });
  const { status } = answer;
  if (status !== 200) {
    await answer.discard();
    if (status !== 401 && status !== 403) {
      throw new RegistryError(`${subject} answered with status ${status}`, {
        problem: 'broken',
        host,
        status,
      });
    }
    const reason = credentials ? 'refused the user or password' : 'gives nothing without a user and password';
    throw new RegistryError(`${subject} ${reason}`, { problem: 'unauthorized', host, status });
  }
  const { token, lifeS } = readToken(await answer.json());
  if (token === null) {
    throw new RegistryError(`${subject} answered without a token`, { problem: 'broken', host, status });
  }
  return { authorization: `Bearer ${token}`, validUntilMs: startedAt + lifeS * 1000 * USED_PART };
}

function readToken(document: unknown): { readonly token: string | null; readonly lifeS: number } {
  const fields: Record<string, unknown> =
    typeof document === 'object' && document !== null ? { ...document } : {};
  const token = [fields['token'], fields['access_token']].find(
    (value): value is string => typeof value === 'string' && isSendable(value),
  );
  const life = fields['expires_in'];
  return { token: token ?? null, lifeS: typeof life === 'number' && life > 0 ? life : DEFAULT_LIFE_S };
}
