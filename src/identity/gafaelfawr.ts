import { z } from 'zod';
import { createDiscoveryClient, type DiscoveryOptions } from '../discovery/repertoire';
import { DomainError } from '../domain/errors';
import { type IdentityBounds, mayReceiveTokens, withoutTrailingSlashes } from '../domain/urls';
import type { User } from '../domain/user';
import { ANSWER_LIMITS, isSendable } from '../http/fetch';
import { parseChallenges } from '../http/headers';
import { documentOf, getJson, type JsonClient } from '../http/json';
import { cachedByToken, type TokenCacheOptions } from './token-lookup';

export interface IdentityOptions extends DiscoveryOptions, TokenCacheOptions {
  /** Where tokens may be sent besides the origin of service discovery. */
  readonly bounds: IdentityBounds;
}

export interface IdentityClient {
  /**
   * The owner of a token, at most `userInfoCacheMs` old. Concurrent lookups of a token share one request; failures are
   * not cached.
   *
   * @throws DomainError `invalid_token`, `gafaelfawr_error` or `discovery_error`.
   */
  lookup(token: string): Promise<User>;
}

/** Creates a client of Gafaelfawr, whose URL comes from service discovery. Tokens are stored only as hashes. */
export function createIdentityClient(options: IdentityOptions): IdentityClient {
  const discovery = createDiscoveryClient(options);
  const { bounds, repertoireBaseUrl } = options;
  const allBounds = { ...bounds, ownUrls: [...bounds.ownUrls, repertoireBaseUrl] };

  async function request(token: string): Promise<User> {
    const { services } = await discovery.read();
    const url = services.internal['gafaelfawr']?.versions['v1']?.url;
    if (!url) throw new DomainError('discovery_error', 'Service discovery has no version v1 of gafaelfawr');
    if (!URL.canParse(url) || !mayReceiveTokens(new URL(url), allBounds)) throw disallowed(url);
    return requestUserInfo(url, token, {
      fetch: options.fetch ?? globalThis.fetch,
      timeoutMs: options.timeoutMs,
    });
  }

  return { lookup: cachedByToken(request, options) };
}

/** Error for a URL that must not be sent tokens; nothing was sent. */
function disallowed(url: string): DomainError {
  const origin = URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}` : 'what is no URL';
  const message =
    `Service discovery names ${origin} as the identity service, which must not have users' tokens; ` +
    'if it is right, list it in outgoing.identityOrigins (plain HTTP: in outgoing.plainHttpHosts)';
  return new DomainError('discovery_error', message);
}

const GIB = 2 ** 30;

const notebookQuota = z
  .object({ cpu: z.number(), memory: z.number(), spawn: z.boolean().default(true) })
  .transform((quota) => ({ ...quota, memory: Math.floor(quota.memory * GIB) }));

const userInfo = z
  .object({
    username: z.string().min(1),
    name: z.string().nullish(),
    uid: z.int().nullish(),
    gid: z.int().nullish(),
    groups: z.array(z.object({ name: z.string(), id: z.int() })).nullish(),
    quota: z.object({ notebook: notebookQuota.nullish() }).nullish(),
  })
  .transform(({ username, name, uid, gid, groups, quota }) => ({
    username,
    name: name ?? null,
    uid: uid ?? null,
    gid: gid ?? null,
    groups: groups ?? [],
    quota: quota?.notebook ?? null,
  })) satisfies z.ZodType<User>;

/**
 * Looks up the owner of a token in Gafaelfawr.
 *
 * @throws DomainError `invalid_token` when the token is refused, `gafaelfawr_error` for any other failure.
 *   Neither message nor cause contains the token.
 */
async function requestUserInfo(baseUrl: string, token: string, client: JsonClient): Promise<User> {
  if (!isSendable(token)) throw invalidToken(null);
  const url = `${withoutTrailingSlashes(baseUrl)}/user-info`;
  const authorization = `Bearer ${token}`;
  const init = { headers: { authorization }, limitBytes: ANSWER_LIMITS.userInfo, redirect: 'error' } as const;
  const answer = await getJson(url, init, client, lookupFailed);
  const { status, headers } = answer.response;
  if (status === 401 || status === 403) throw invalidToken(headers.get('www-authenticate'));
  return documentOf(answer, userInfo, lookupFailed);
}

function invalidToken(challenge: string | null): DomainError {
  const reason = explainRefusal(challenge);
  return new DomainError('invalid_token', `User token is invalid${reason ? `: ${reason}` : ''}`);
}

function lookupFailed(problem: string): DomainError {
  return new DomainError('gafaelfawr_error', `User lookup in Gafaelfawr failed: ${problem}`);
}

/**
 * The reason for which a token was refused, from a `WWW-Authenticate` header: `<error_description> (<error>)`, or the
 * part that is present. Null if the header gives none.
 */
export function explainRefusal(header: string | null): string | null {
  const parameters = parseChallenges(header ?? '').find(({ parameters }) => isReason(parameters))?.parameters;
  if (!parameters) return null;
  const scope = parameters.get('scope');
  const description = parameters.get('error_description') ?? (scope ? `scope ${scope} is needed` : undefined);
  const error = parameters.get('error');
  if (description && error) return `${description} (${error})`;
  return description ?? error ?? null;
}

function isReason(parameters: ReadonlyMap<string, string>): boolean {
  return ['error', 'error_description', 'scope'].some((name) => parameters.get(name));
}
