import { ANSWER_LIMITS, isSendable } from '../../http/fetch';
import { RegistryError } from '../errors';
import type { RegistryAnswer, RegistryRequest, RegistryService } from '../request';
import type { RealmRules } from './challenge';
import { chooseChallenge } from './challenge';
import type { DockerCredentials } from './credentials';

/** Action that a token must allow; registries issue tokens for the requested actions only. */
export type DockerAction = 'pull' | 'delete';

/** An authorization for requests, cached until it expires or is refused. */
export interface Grant {
  /** Value of the `Authorization` header; rejects if it could not be obtained. */
  readonly authorization: Promise<string>;
  /** Index of the credentials that it was obtained with. */
  readonly position: number;
}

export interface GrantOptions extends RealmRules {
  readonly repository: string;
  /** Tried in order. */
  readonly credentials: readonly DockerCredentials[];
  /** Reason for the lack of credentials, which completes "asks for a user and password, and …". */
  readonly whyNoCredentials: string;
  /** Sends a request to the token service. */
  readonly send: (request: RegistryRequest, service: RegistryService) => Promise<RegistryAnswer>;
}

/** Cache of authorizations by action: HTTP Basic, or tokens of the service that the registry names. */
export interface Grants {
  /** The cached grant, unless it has expired. */
  current(action: DockerAction): Grant | undefined;
  /**
   * The grant that answers the challenge to a request made with `used`. Concurrent requests share one.
   *
   * @throws RegistryError, before credentials are sent, if the challenge cannot or must not be answered.
   */
  answer(action: DockerAction, used: Grant | undefined, challenge: string | null): Grant;
  /** Switches to the next credentials after those of a grant were refused; false if there are no more. */
  advance(refused: Grant): boolean;
}

/** Fraction of a token's lifetime during which it is used, so that none expires in transit. */
const USED_PART = 0.9;
const DEFAULT_LIFE_S = 60;

/** Creates the cache of one repository's grants. */
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
  /** In ms of `performance.now()`. */
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
