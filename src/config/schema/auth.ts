import * as z from 'zod';
import { MAX_POSIX_ID, MIN_LAB_ID } from '../../domain/user';
import type { Finding } from '../diagnostics';
import { report } from '../diagnostics';
import { SecretText } from '../secret-text';
import { durationOrZero } from './quantities';
import { boolean, filledText, integer, labUsername, scalar, webUrl } from './scalars';
import { acceptSpellings, isMapping, namedByUnit, section } from './section';

const id = () => integer(MIN_LAB_ID, MAX_POSIX_ID);

const token = scalar(
  {
    title: 'string',
    rule: 'a token of at least 8 visible characters',
    json: { type: 'string', pattern: '^[!-~]{8,}$' },
    isPrivate: true,
  },
  (value) => (typeof value === 'string' && /^[!-~]{8,}$/.test(value) ? new SecretText(value) : undefined),
);

const group = section({
  name: filledText().describe('Name of the group.'),
  id: id().describe('Group ID.'),
}).meta({ id: 'group', title: 'group' });

const groups = z.array(group).prefault([]).describe('POSIX groups of the user, the primary one included.');

const posixIds = {
  uid: id().describe('User ID that labs run under.'),
  gid: id().describe('ID of the primary group.'),
  groups,
};

const staticUser = section({
  username: labUsername().describe('Username; names of Kubernetes objects are made of it.'),
  token: token.describe('What the user authenticates with, as a bearer token.'),
  admin: boolean().prefault(false).describe('Whether the user may read and end the labs of others.'),
  name: filledText().nullable().prefault(null).describe('Full name.'),
  ...posixIds,
});

const cache = {
  userInfoCache: durationOrZero().prefault('5m').describe('How long it is remembered whose a token is.'),
  userInfoCacheSize: integer(1).prefault(1000).describe('Number of tokens remembered.'),
};

const gafaelfawr = z.strictObject({
  type: z
    .literal('gafaelfawr')
    .prefault('gafaelfawr')
    .describe('An ingress of Gafaelfawr authenticates callers; users are looked up in Gafaelfawr.'),
  ...cache,
});

const staticUsers = z.strictObject({
  type: z.literal('static').describe('Users with their tokens are listed here, for demos and tests.'),
  users: z.array(staticUser).describe('All users.'),
  allowRemote: boolean()
    .prefault(false)
    .describe('Allow this although the API listens on more than loopback.'),
});

const jupyterhub = z.strictObject({
  type: z
    .literal('jupyterhub')
    .describe("Callers send a token of JupyterHub's, which the hub is asked about."),
  ...cache,
  apiUrl: webUrl().describe("URL of the hub's API, such as `http://hub:8081/hub/api`."),
  userIds: z.record(z.string(), section(posixIds)).prefault({}).describe('IDs of single users, by username.'),
  groupIds: z.record(z.string(), id()).prefault({}).describe("POSIX group IDs of the hub's groups, by name."),
  defaultIds: section({ uid: posixIds.uid, gid: posixIds.gid })
    .nullable()
    .prefault(null)
    .describe('IDs of everyone else.'),
});

const SOURCES = { gafaelfawr, static: staticUsers, jupyterhub };

/** How the callers of an installation are known, by its raw configuration. */
export function authTypeOf(document: unknown): unknown {
  const section = isMapping(document) ? document.auth : undefined;
  return isMapping(section) && section.type !== undefined ? section.type : 'gafaelfawr';
}

function relevant(value: unknown): unknown {
  if (!isMapping(value)) {
    return value;
  }
  const { type = 'gafaelfawr' } = value;
  const shape = Object.entries(SOURCES).find(([name]) => name === type)?.[1].shape ?? {};
  return acceptSpellings(Object.keys(shape), 'refuse')({ ...value, type });
}

/** How callers of the API are known, and where their POSIX identity comes from. */
export const auth = z
  .preprocess(relevant, z.discriminatedUnion('type', [gafaelfawr, staticUsers, jupyterhub]))
  .superRefine((fields, context) => {
    if (fields.type === 'static') report(sharedNames(fields.users), context);
  })
  .transform(namedByUnit(cache));

/** Usernames and tokens that an earlier user has too, without showing a token. */
function sharedNames(users: readonly { readonly username: string; readonly token: SecretText }[]): Finding[] {
  const usernames = users.map(({ username }) => username);
  const tokens = users.map(({ token }) => token.reveal());
  return users.flatMap(({ username, token }, index): Finding[] => {
    const owner = tokens.indexOf(token.reveal());
    const sameName: Finding = {
      path: ['users', index, 'username'],
      value: `"${username}"`,
      rule: 'duplicate',
      message: `"${username}" is the username of an earlier user`,
      remedy: 'List each user once.',
    };
    const sameToken: Finding = {
      path: ['users', index, 'token'],
      rule: 'duplicate',
      message: `the value is the token of "${usernames[owner]}" too; give each user their own`,
      remedy: 'Give each user a token of their own.',
    };
    return [
      ...(usernames.indexOf(username) < index ? [sameName] : []),
      ...(owner < index ? [sameToken] : []),
    ];
  });
}
