import type { Config } from '../config/config';
import type { TokenOwner, TokenSource } from '../domain/user';
import { type User, userWithIds } from '../domain/user';
import { rememberedByToken, type TokenCacheOptions } from '../identity/token-lookup';
import { type HubOptions, requestTokenHolder, type TokenHolder } from './token-holder';

type HubSettings = Extract<Config['auth'], { readonly type: 'jupyterhub' }>;

/** The scope of those who handle everybody's servers. */
const ADMINISTRATOR_SCOPE = 'admin:servers';

/** The scopes of those who may start a server; JupyterHub 5 has but the wider one. */
const SPAWN_SCOPES = ['start:servers', 'servers'];

/** Knows tokens as JupyterHub does, and takes users' IDs from the configuration. Tokens are kept only as hashes. */
export function createHubTokenSource(
  settings: HubSettings,
  {
    tokenLookups,
    ...connection
  }: Pick<HubOptions, 'timeoutMs' | 'fetch'> & Pick<TokenCacheOptions, 'tokenLookups'>,
): TokenSource {
  const { apiUrl } = settings;
  const ownerOf = async (token: string): Promise<TokenOwner> =>
    toOwner(await requestTokenHolder(token, { apiUrl, ...connection }), settings);
  const lookup = rememberedByToken(ownerOf, { ...settings, tokenLookups });
  return {
    ownerOf: lookup,
    remembers: lookup.remembers,
    userNamed: (username) => posixUser(settings, username, []),
  };
}

function toOwner({ kind, name, groups, scopes }: TokenHolder, settings: HubSettings): TokenOwner {
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
