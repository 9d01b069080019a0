import { z } from 'zod';
import type { Config } from '../config/config';
import { DomainError } from '../domain/errors';
import { withoutTrailingSlashes } from '../domain/urls';
import type { TokenOwner, TokenSource } from '../domain/user';
import { type User, userWithIds } from '../domain/user';
import { ANSWER_LIMITS, type Fetch, isSendable } from '../http/fetch';
import { documentOf, getJson } from '../http/json';
import { cachedByToken, type TokenCacheOptions } from './token-lookup';

type HubSettings = Extract<Config['auth'], { readonly type: 'jupyterhub' }>;

/** Scope of administrators of all servers. */
const ADMINISTRATOR_SCOPE = 'admin:servers';

/** Scopes of which one allows a user to start a server; JupyterHub 5 has only `servers`. */
const SPAWN_SCOPES = ['start:servers', 'servers'];

/** Looks tokens up in JupyterHub and adds POSIX IDs from the configuration. Tokens are stored only as hashes. */
export function createHubTokenSource(
  settings: HubSettings,
  {
    tokenLookups,
    ...connection
  }: Pick<HubOptions, 'timeoutMs' | 'fetch'> & Pick<TokenCacheOptions, 'tokenLookups'>,
): TokenSource {
  const { apiUrl } = settings;
  const ownerOf = async (token: string): Promise<TokenOwner> =>
    toOwner(await requestHubTokenOwner(token, { apiUrl, ...connection }), settings);
  const lookup = cachedByToken(ownerOf, { ...settings, tokenLookups });
  return {
    ownerOf: lookup,
    remembers: lookup.remembers,
    userNamed: (username) => posixUser(settings, username, []),
  };
}

function toOwner({ kind, name, groups, scopes }: HubTokenOwner, settings: HubSettings): TokenOwner {
  const maySpawn = SPAWN_SCOPES.some(
    (scope) => scopes.includes(scope) || scopes.includes(`${scope}!user=${name}`),
  );
  return {
    name,
    user: kind === 'user' && maySpawn ? posixUser(settings, name, groups) : null,
    isAdministrator: scopes.includes(ADMINISTRATOR_SCOPE),
  };
}

function posixUser(
  { userIds, groupIds, defaultIds }: HubSettings,
  username: string,
  hubGroups: readonly string[],
): User {
  const own = Object.hasOwn(userIds, username) ? userIds[username] : undefined;
  const ids = own ?? defaultIds;
  if (!ids) return userWithIds(username, null, null);
  const configured = own?.groups ?? [];
  const shared = hubGroups.flatMap((name) => {
    const id = Object.hasOwn(groupIds, name) ? groupIds[name] : undefined;
    const isNew = id !== undefined && !configured.some((group) => group.id === id);
    return isNew ? [{ name, id }] : [];
  });
  return userWithIds(username, null, { uid: ids.uid, gid: ids.gid, groups: [...configured, ...shared] });
}

/** Owner and scopes of a token, from `GET /user` of JupyterHub. */
interface HubTokenOwner {
  readonly kind: 'user' | 'service';
  readonly name: string;
  /** Names of the user's groups; empty for services. */
  readonly groups: readonly string[];
  readonly scopes: readonly string[];
}

interface HubOptions {
  /** URL of the hub's REST API, such as `http://hub:8081/hub/api`. */
  readonly apiUrl: string;
  readonly timeoutMs: number;
  readonly fetch?: Fetch | undefined;
}

const tokenHolder = z
  .object({
    kind: z.enum(['user', 'service']),
    name: z.string().min(1),
    groups: z.array(z.string()).nullish(),
    scopes: z.array(z.string()),
  })
  .transform((holder) => ({ ...holder, groups: holder.groups ?? [] })) satisfies z.ZodType<HubTokenOwner>;

/**
 * Looks up the owner of a token in JupyterHub.
 *
 * @throws DomainError `invalid_token` when the hub does not know the token, `jupyterhub_error` for any other failure.
 *   Neither message nor cause contains the token.
 */
async function requestHubTokenOwner(
  token: string,
  { apiUrl, timeoutMs, fetch = globalThis.fetch }: HubOptions,
): Promise<HubTokenOwner> {
  if (!isSendable(token)) throw invalidToken();
  const url = `${withoutTrailingSlashes(apiUrl)}/user`;
  const headers = { authorization: `Bearer ${token}` };
  const init = { headers, limitBytes: ANSWER_LIMITS.hub, redirect: 'error' } as const;
  const answer = await getJson(url, init, { fetch, timeoutMs }, lookupFailed);
  const { status } = answer.response;
  if (status === 401 || status === 403) throw invalidToken();
  if (status === 404) throw lookupFailed('status 404; auth.apiUrl must be the URL of its REST API');
  return documentOf(answer, tokenHolder, lookupFailed);
}

function invalidToken(): DomainError {
  return new DomainError('invalid_token', 'Token is invalid');
}

function lookupFailed(problem: string): DomainError {
  return new DomainError('jupyterhub_error', `Token lookup in JupyterHub failed: ${problem}`);
}
