import { inspect } from 'node:util';
import type { TokenSource } from '../../../src/domain/user';
import { createHubTokenSource } from '../../../src/identity/jupyterhub';
import { type Answer, type ScriptedServer, startScriptedServer } from '../kubernetes/scripted-server';

const TOKEN = '15c42511c3a34ff597069b9d40879e35';

const rachel = {
  kind: 'user',
  name: 'rachel',
  admin: false,
  groups: ['science', 'choir'],
  roles: ['user'],
  server: null,
  scopes: ['read:users:name!user=rachel', 'servers!user=rachel', 'start:servers!user=rachel'],
};
const service = {
  kind: 'service',
  name: 'nublado',
  admin: false,
  scopes: ['admin:servers', 'servers', 'start:servers'],
};

let hub: ScriptedServer | undefined;

afterEach(() => hub?.close());

const answering =
  (document: unknown, status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  };

const sending =
  (text: string, status = 200): Answer =>
  (response) => {
    response.writeHead(status).end(text);
  };

async function sourceOn(
  answers: readonly Answer[],
  settings: Partial<Parameters<typeof createHubTokenSource>[0]> = {},
  timeoutMs = 10_000,
): Promise<TokenSource> {
  hub = await startScriptedServer(...answers);
  return createHubTokenSource(
    {
      type: 'jupyterhub',
      apiUrl: `${hub.url}/hub/api`,
      userInfoCacheMs: 300_000,
      userInfoCacheSize: 1000,
      userIds: {},
      groupIds: {},
      defaultIds: { uid: 1000, gid: 100 },
      ...settings,
    },
    { timeoutMs },
  );
}

describe('a token', () => {
  test('a token is asked about at the hub, as a bearer token', async () => {
    const source = await sourceOn([answering(rachel)]);
    await source.ownerOf(TOKEN);

    expect(hub?.requests).toEqual([
      expect.objectContaining({ method: 'GET', path: '/hub/api/user', authorization: `Bearer ${TOKEN}` }),
    ]);
  });

  test('a token of a user acts for that user', async () => {
    const source = await sourceOn([answering(rachel)]);

    expect(await source.ownerOf(TOKEN)).toEqual({
      name: 'rachel',
      isAdministrator: false,
      user: {
        username: 'rachel',
        name: null,
        uid: 1000,
        gid: 100,
        groups: [{ name: 'rachel', id: 100 }],
        quota: null,
      },
    });
  });

  test.each([['servers!user=rachel'], ['start:servers!user=rachel'], ['servers'], ['start:servers']])(
    'a token with the scope %s acts for its user',
    async (scope) => {
      const source = await sourceOn([answering({ ...rachel, scopes: [scope] })]);

      expect(await source.ownerOf(TOKEN)).toMatchObject({ user: { username: 'rachel' } });
    },
  );

  test('a token of a service that may handle all servers is an administrator and no user', async () => {
    const source = await sourceOn([answering(service)]);

    expect(await source.ownerOf(TOKEN)).toEqual({ name: 'nublado', isAdministrator: true, user: null });
  });

  test('a token of a user who may handle all servers is both', async () => {
    const source = await sourceOn([answering({ ...service, kind: 'user', name: 'ada', groups: [] })]);

    expect(await source.ownerOf(TOKEN)).toMatchObject({
      isAdministrator: true,
      user: { username: 'ada' },
    });
  });

  test.each([
    ['one user', ['admin:servers!user=rachel', 'start:servers!user=rachel']],
    ['a group', ['admin:servers!group=science', 'start:servers!group=science']],
    ['one server', ['admin:servers!server=rachel/lab']],
    ['starting all servers only', ['servers', 'start:servers']],
    ['users, not servers', ['admin:users', 'admin-ui']],
  ])('a token limited to %s is no administrator', async (_what, scopes) => {
    const source = await sourceOn([answering({ ...service, scopes })]);

    expect(await source.ownerOf(TOKEN)).toMatchObject({ isAdministrator: false });
  });

  test.each([
    ['nothing', []],
    ['a login at another service', ['access:services!service=grafana', 'read:users:name!user=rachel']],
    ['what a lab’s own server has', ['access:servers!server=rachel/', 'users:activity!user=rachel']],
    ['the servers of another user', ['start:servers!user=beth', 'servers!user=beth']],
    ['one of their servers', ['servers!server=rachel/lab']],
    ['ending their servers', ['delete:servers!user=rachel', 'read:servers!user=rachel']],
  ])('a token of a user that is good for %s cannot act for them', async (_what, scopes) => {
    const source = await sourceOn([answering({ ...rachel, scopes })]);

    expect(await source.ownerOf(TOKEN)).toEqual({ name: 'rachel', isAdministrator: false, user: null });
  });
});

describe('IDs', () => {
  const userIds = { rachel: { uid: 1101, gid: 1102, groups: [{ name: 'choir-1', id: 3303 }] } };

  test('IDs of a user’s own come before those for everybody, with the hub’s groups that have an ID', async () => {
    const groupIds = { science: 2202, choir: 3303, others: 4404 };
    const source = await sourceOn([answering(rachel)], { userIds, groupIds });

    expect((await source.ownerOf(TOKEN)).user).toMatchObject({
      uid: 1101,
      gid: 1102,
      groups: [
        { name: 'rachel', id: 1102 },
        { name: 'choir-1', id: 3303 },
        { name: 'science', id: 2202 },
      ],
    });
  });

  test('IDs are those for everybody where the user has none', async () => {
    const source = await sourceOn([answering(rachel)], { groupIds: { science: 100 } });

    expect((await source.ownerOf(TOKEN)).user).toMatchObject({
      uid: 1000,
      gid: 100,
      groups: [{ name: 'science', id: 100 }],
    });
  });

  test('IDs may be unknown', async () => {
    const source = await sourceOn([answering(rachel)], { defaultIds: null });

    expect((await source.ownerOf(TOKEN)).user).toMatchObject({ uid: null, gid: null, groups: [] });
  });

  test('IDs are known by name for a service that acts for users, and names of object properties are none', async () => {
    const source = await sourceOn([answering(service)], { userIds, defaultIds: null });

    expect(source.userNamed('rachel')).toMatchObject({ uid: 1101, gid: 1102 });
    expect(source.userNamed('constructor')).toMatchObject({ username: 'constructor', uid: null });
  });
});

describe('an answer of the hub', () => {
  test.each([401, 403])('an answer of the hub with %d makes the token invalid', async (status) => {
    const source = await sourceOn([answering({ status, message: null }, status)]);

    await expect(source.ownerOf(TOKEN)).rejects.toMatchObject({
      code: 'invalid_token',
      message: 'Token is invalid',
    });
  });

  test.each<[string, Answer, string]>([
    ['an error', answering({ status: 500 }, 500), 'status 500'],
    ['a start page in its place', sending('<html>', 503), 'status 503'],
    ['no such page', answering({}, 404), 'status 404; auth.apiUrl must be the URL of its REST API'],
    ['HTML', sending('<html>log in</html>'), 'SyntaxError'],
    ['truncated JSON', sending(JSON.stringify(rachel).slice(0, 40)), 'SyntaxError'],
    ['no content', sending('', 204), 'SyntaxError'],
    ['nothing at all', () => undefined, 'no answer in time'],
    [
      'half an answer',
      (response) => void response.writeHead(200, { 'content-length': 99 }).write('{'),
      'no answer in time',
    ],
    ['a cut connection', (response) => void response.destroy(), 'UND_ERR_SOCKET'],
    ['null', answering(null), 'unexpected document at its top'],
    ['another kind', answering({ ...rachel, kind: 'robot' }), 'unexpected document at kind'],
    ['no name', answering({ ...rachel, name: '' }), 'unexpected document at name'],
    ['groups as an object', answering({ ...rachel, groups: {} }), 'unexpected document at groups'],
    [
      'more than is taken',
      answering({ ...rachel, more: 'x'.repeat(2 ** 23) }),
      'an answer of more than 4 MiB',
    ],
    ['no scopes', answering({ ...rachel, scopes: undefined }), 'unexpected document at scopes'],
    ['scopes as text', answering({ ...rachel, scopes: 'admin:servers' }), 'unexpected document at scopes'],
  ])(
    'an answer of the hub with %s is a failure of the hub, told without the token',
    async (_what, answer, problem) => {
      const timeoutMs = problem === 'no answer in time' ? 100 : undefined;
      const source = await sourceOn([answer], {}, timeoutMs);

      const error: unknown = await source.ownerOf(TOKEN).catch((thrown: unknown) => thrown);

      expect(error).toMatchObject({
        code: 'jupyterhub_error',
        message: `Token lookup in JupyterHub failed: ${problem}`,
      });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(TOKEN);
    },
  );

  test('an answer of the hub that leads elsewhere is not followed, so that the token goes nowhere else', async () => {
    const redirecting: Answer = (response) => {
      response.writeHead(302, { location: '/elsewhere' }).end();
    };
    const source = await sourceOn([redirecting, answering(rachel)]);

    await expect(source.ownerOf(TOKEN)).rejects.toMatchObject({ code: 'jupyterhub_error' });
    expect(hub?.requests.map(({ path }) => path)).toEqual(['/hub/api/user']);
  });

  test('a failed answer of the hub is not cached', async () => {
    const source = await sourceOn([answering({}, 502), answering(rachel)]);

    await expect(source.ownerOf(TOKEN)).rejects.toMatchObject({ code: 'jupyterhub_error' });
    expect(source.remembers?.(TOKEN)).toBe(false);
    await expect(source.ownerOf(TOKEN)).resolves.toMatchObject({ name: 'rachel' });
  });

  test('an answer of the hub that a token is invalid is cached for a while', async () => {
    const source = await sourceOn([answering({}, 403), answering(rachel)]);

    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(source.ownerOf(TOKEN)).rejects.toMatchObject({ code: 'invalid_token' });
    }
    expect(hub?.requests).toHaveLength(1);
    expect(source.remembers?.(TOKEN)).toBe(true);
  });

  test('an answer of the hub is cached per token, and shared by concurrent lookups', async () => {
    const source = await sourceOn([answering(rachel)]);
    await Promise.all([TOKEN, TOKEN, 'another'].map((token) => source.ownerOf(token)));
    await source.ownerOf(TOKEN);

    expect(hub?.requests.map(({ authorization }) => authorization).toSorted()).toEqual([
      `Bearer ${TOKEN}`,
      'Bearer another',
    ]);
  });
});

test('a hub that is not there is a failure of the hub', async () => {
  const source = await sourceOn([answering(rachel)]);
  await hub?.close();
  hub = undefined;

  await expect(source.ownerOf(TOKEN)).rejects.toMatchObject({
    code: 'jupyterhub_error',
    message: 'Token lookup in JupyterHub failed: ECONNREFUSED',
  });
});

test('a token that no header can carry is invalid and is not sent', async () => {
  const source = await sourceOn([answering(rachel)]);

  await expect(source.ownerOf('a\nb')).rejects.toMatchObject({ code: 'invalid_token' });
  expect(hub?.requests).toEqual([]);
});
