import { ANSWER_LIMITS } from '../../http/bounded-body';
import { isSendable } from '../../http/fetch';
import { chooseChallenge } from './challenge';
import type { DockerCredentials } from './credentials';
import type { RealmRules } from './challenge';
import { RegistryError } from '../errors';
import type { RegistryAnswer, RegistryRequest, RegistryService } from '../request';

/** What a token must allow; registries issue them for no more than was asked for. */
export type DockerAction = 'pull' | 'delete';

/** Permission to ask, remembered until it expires or is refused. */
export interface Grant {
  /** Value of the `Authorization` header; rejects if none could be had. */
  readonly authorization: Promise<string>;
  /** Which of the credentials it is made from. */
  readonly position: number;
}

export interface GrantOptions extends RealmRules {
  readonly repository: string;
  /** In the order in which they are tried. */
  readonly credentials: readonly DockerCredentials[];
  /** Completes "asks for a user and password, and", where there are none. */
  readonly whyNoCredentials: string;
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
  /** Goes on to the next credentials after those of a grant were refused; false where there are no more. */
  advance(refused: Grant): boolean;
}

/** Part of a token's life after which it is no longer used, so that none expires on its way. */
const USED_PART = 0.9;
const DEFAULT_LIFE_S = 60;

/** Remembers grants of one registry's repository. */
export function createGrants(options: GrantOptions): Grants {
  const { credentials, repository } = options;
  const grants = new Map<DockerAction, Grant & { validUntilMs: number }>();
  let position = 0;

  function remember(action: DockerAction, obtain: () => Promise<Token>): Grant {
    const obtained = obtain();
    const grant = {
      authorization: obtained.then(({ authorization }) => authorization),
      position,
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
      const presented = credentials[position];
      const scope = `repository:${repository}:${action}`;
      const chosen = chooseChallenge(header, { ...options, scope, hasCredentials: presented !== undefined });
      if (chosen.kind === 'bearer') {
        return remember(action, () => requestToken(chosen.url, presented, options));
      }
      const authorization = presented?.authorization() ?? '';
      return remember(action, async () => ({ authorization, validUntilMs: Infinity }));
    },
    advance(refused) {
      if (refused.position < position) return true;
      const isThereAnother = position + 1 < credentials.length;
      position = isThereAnother ? position + 1 : 0;
      grants.clear();
      return isThereAnother;
    },
  };
}

interface Token {
  readonly authorization: string;
  /** On the clock of `performance.now()`. */
  readonly validUntilMs: number;
}

async function requestToken(
  url: URL,
  credentials: DockerCredentials | undefined,
  { registry: host, send, whyNoCredentials }: GrantOptions,
): Promise<Token> {
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
    const reason = credentials
      ? 'refused the user or password'
      : `gives nothing without a user and password, and ${whyNoCredentials}`;
    throw new RegistryError(`${subject} ${reason}`, { problem: 'unauthorized', host, status });
  }
  const { token, lifeS } = readToken(await answer.json(ANSWER_LIMITS.token));
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
  const life = Number(fields['expires_in'] ?? DEFAULT_LIFE_S);
  return { token: token ?? null, lifeS: life > 0 ? life : DEFAULT_LIFE_S };
}
