import { bearerAuthentication } from '../../../../src/api/authentication/bearer';
import type { Dependencies } from '../../../../src/api/dependencies';
import { DomainError } from '../../../../src/domain/errors';
import { elementsOf } from '../../../support/parsed-html';
import { source } from '../bearer-source';
import { aUser, aWorld, type Changes, headersOf, SETTINGS, type World } from '../fakes';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

let world: World;

beforeEach(async () => {
  world = await aWorld();
});

afterEach(() => world.app.close());

async function renewWorld(changes: Changes): Promise<void> {
  await world.app.close();
  world = await aWorld(changes);
}

/** File servers of which all calls but some fail. */
function fileServers(changes: Partial<Dependencies['fileServers']>): Dependencies['fileServers'] {
  const unexpected = async () => {
    throw new Error('not expected');
  };
  const none = { open: unexpected, verify: unexpected, list: unexpected, isRunning: unexpected };
  return { ...none, remove: unexpected, ...changes };
}

const failingWith = (error: unknown) =>
  renewWorld({
    fileServers: fileServers({
      open: async () => {
        throw error;
      },
    }),
  });

const ask = (url = '/files', headers: Record<string, string> = headersOf('rachel')) =>
  world.app.inject({ url, headers });

const askAsBrowser = (headers: Record<string, string> = headersOf('rachel')) =>
  ask('/files', { ...headers, accept: BROWSER });

const problemsOf = async (answer: ReturnType<typeof ask>) => (await answer).json().detail;

const title = (page: string) => elementsOf(page).find(({ name }) => name === 'title')?.text;

test('the user gets a page about the file server that now runs, and again when it runs already', async () => {
  for (let visit = 0; visit < 2; visit += 1) {
    const answer = await ask();
    const links = elementsOf(answer.body).flatMap(({ attributes: { href } }) => href ?? []);

    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(title(answer.body)).toBe('User Fileserver Created');
    expect(links).toContain('https://data.example.com/files/rachel');
    expect(links).toContain('https://data.example.com/auth/tokens');
    expect(answer.body).toContain('The WebDAV server for the files of rachel is ready.');
    expect(answer.body).toContain('<code>write:files</code>');
    expect([...world.fileServers]).toEqual(['rachel']);
  }
});

test('the page loads and runs nothing, is in no frame and in no cache', async () => {
  const { headers } = await ask();
  const policy = String(headers['content-security-policy']).split('; ');

  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy.filter((rule) => rule.startsWith('script-src'))).toEqual([]);
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
  });
});

test('a user whose name is no component of a path is led to the path of the ingress', async () => {
  const username = 'Ada+b@example.org';
  world.users.set(username, aUser({ username }));
  const { body } = await ask('/files', headersOf(username));
  const links = elementsOf(body).flatMap(({ attributes: { href } }) => href ?? []);
  const link = links.find((href) => href.startsWith('https://data.example.com/files/')) ?? '';

  expect(link).toMatch(/\/files\/ada-b-example-org_[0-9a-f]{20}$/);
  expect((await ask(new URL(link).pathname, headersOf(username))).statusCode).toBe(303);
});

test('behind an ingress that authenticates no one, the password is a token of the hub', async () => {
  const fileserver = { ...SETTINGS.fileserver, ingress: { type: 'httpRoute' as const } };
  await renewWorld({ settings: { ...SETTINGS, fileserver: fileserver as typeof SETTINGS.fileserver } });
  const { body } = await ask();

  expect(body).toContain('a token of JupyterHub');
  expect(body).not.toContain('write:files');
  expect(body).not.toContain('/auth/tokens');
});

test.each([
  ['no UID', { uid: null }, 'Must have a UID to start file servers'],
  ['no GID', { gid: null }, 'Must have a GID to start file servers'],
  [
    'the ID of root among the groups',
    { groups: [{ name: 'wheel', id: 0 }] },
    'UID, GID and group IDs of file servers must lie within 1 and 2147483647, but group "wheel" has 0',
  ],
])('a user with %s is refused, and nothing is created', async (_what, facts, msg) => {
  world.users.set('rachel', aUser(facts));
  const answer = await ask();

  expect(answer.statusCode).toBe(403);
  expect(answer.json()).toEqual({ detail: [{ msg, type: 'permission_denied' }] });
  expect([...world.fileServers]).toEqual([]);
});

test.each([
  ['both headers are', {}, ['x-auth-request-user', 'x-auth-request-token']],
  ['the token is', { 'x-auth-request-user': 'rachel' }, ['x-auth-request-token']],
])('a refusal names what is missing when %s missing', async (_what, headers, missing) => {
  for (const url of ['/files', '/files/rachel']) {
    const answer = await ask(url, headers);

    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail.map(({ loc }: { loc: unknown }) => loc)).toEqual(
      missing.map((header) => ['header', header]),
    );
  }
});

test("another user's token is refused", async () => {
  world.users.set('beth', aUser({ username: 'beth' }));
  const answer = await ask('/files', { ...headersOf('rachel'), 'x-auth-request-user': 'beth' });

  expect(answer.statusCode).toBe(403);
  expect(answer.json()).toEqual({ detail: [{ msg: 'Permission denied', type: 'permission_denied' }] });
});

describe('who comes back', () => {
  test.each(['/files/rachel', '/files/rachel/notebooks/a%20b.ipynb', '/files/rachel/a/?browse'])(
    'who comes back to %s is sent to where the file server is created',
    async (url) => {
      const headers = { ...headersOf('rachel'), host: 'data.example.com', 'x-forwarded-for': '1.2.3.4' };
      const answer = await ask(url, { ...headers, 'x-forwarded-proto': 'https' });

      expect(answer.statusCode).toBe(303);
      expect(answer.headers['location']).toBe('https://data.example.com/files');
      expect([...world.fileServers]).toEqual([]);
    },
  );

  test('who comes back with a slash at the end is first sent to the path without it', async () => {
    const answer = await ask('/files/rachel/');

    expect(answer.statusCode).toBe(307);
    expect(answer.headers['location']).toBe('http://localhost:80/files/rachel');
  });

  test.each(['/files/beth', '/files/beth/notes.txt', '/files/rachel%2F..'])(
    'who comes back to %s, which is not theirs, is refused',
    async (url) => {
      const answer = await ask(url);

      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toEqual({ detail: [{ msg: 'Permission denied', type: 'permission_denied' }] });
    },
  );

  test('who comes back while the file server is said to run has it verified', async () => {
    const verified: string[] = [];
    const verify = async ({ username }: { username: string }) => void verified.push(username);
    await renewWorld({ fileServers: fileServers({ verify }) });

    expect((await ask('/files/rachel')).statusCode).toBe(303);
    expect(verified).toEqual(['rachel']);
  });

  test('who comes back is sent on also where that fails, which is logged', async () => {
    const verify = async () => {
      throw new DomainError('workflow_unavailable', 'The workflow service is unavailable');
    };
    await renewWorld({ fileServers: fileServers({ verify }) });

    expect((await ask('/files/rachel')).statusCode).toBe(303);
    expect(world.logged.join()).toContain('a file server could not be verified');
  });

  test('who comes back with another method is told which one there is', async () => {
    const answer = await world.app.inject({
      method: 'PUT',
      url: '/files/rachel/a',
      headers: headersOf('rachel'),
    });

    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'GET']);
  });
});

describe('where file servers are disabled', () => {
  const disabled = (pathPrefix = '/files') =>
    renewWorld({ settings: { ...SETTINGS, fileserver: { enabled: false, pathPrefix } } });

  const REFUSED = [{ msg: 'Fileserver is disabled in configuration', type: 'not_supported' }];

  test.each([
    ['GET', '/files'],
    ['GET', '/files/rachel'],
    ['GET', '/files/rachel/a'],
    ['GET', '/nublado/fileserver/v1/users'],
    ['GET', '/nublado/fileserver/v1/users/rachel'],
    ['DELETE', '/nublado/fileserver/v1/users/rachel'],
    ['GET', '/nublado/fileserver/v1/user-status'],
  ] as const)('where file servers are disabled, %s %s says so', async (method, url) => {
    await disabled();
    for (const headers of [headersOf('rachel'), {}]) {
      const answer = await world.app.inject({ method, url, headers });

      expect(answer.statusCode).toBe(404);
      expect(answer.json()).toEqual({ detail: REFUSED });
    }
  });

  test.each(['', '/', 'files', '/nublado', '/nublado/'])(
    'where file servers are disabled, the path prefix "%s" takes nothing from the API',
    async (pathPrefix) => {
      await disabled(pathPrefix);

      expect((await ask('/nublado')).statusCode).toBe(200);
      expect((await ask('/')).statusCode).toBe(200);
    },
  );
});

describe('a failed creation', () => {
  const cause = 'Failed to create file server: File server creation timed out after 120';
  const failure = new DomainError('file_server_create_failed', cause);

  test('a failed creation is told to programs as an error of the API', async () => {
    await failingWith(failure);
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5', '']) {
      const answer = await ask('/files', { ...headersOf('rachel'), accept });

      expect(answer.statusCode).toBe(500);
      expect(answer.json()).toEqual({ detail: [{ msg: cause, type: 'file_server_create_failed' }] });
      expect(answer.headers['vary']).toBe('accept');
    }
  });

  test('a failed creation is told to browsers as a page with the cause and another attempt', async () => {
    await failingWith(failure);
    const answer = await askAsBrowser();

    expect(answer.statusCode).toBe(500);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(title(answer.body)).toBe('User Fileserver Not Created');
    expect(answer.body).toContain(cause);
    expect(answer.body).toContain('<a class="action main" href="/files">Try again</a>');
  });

  test('a defect is told without detail, to browsers too, and is reported', async () => {
    await failingWith(new Error('secret of /etc/passwd'));
    const [page, body] = [await askAsBrowser(), await problemsOf(ask())];

    expect(page.statusCode).toBe(500);
    expect(page.body).toContain('Internal server error');
    expect(page.body).not.toContain('secret');
    expect(body).toEqual([{ msg: 'Internal server error', type: 'internal_error' }]);
    expect(world.reported.map(({ code }) => code)).toEqual(['other', 'other']);
  });

  test('what is temporary has a time after which to try again', async () => {
    await failingWith(new DomainError('workflow_unavailable', 'The workflow service is unavailable'));
    const answer = await askAsBrowser();

    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(answer.body).toContain('Your file server cannot be started now');
  });

  test('a refusal that another attempt does not change offers none', async () => {
    world.users.set('rachel', aUser({ uid: null }));
    const { body } = await askAsBrowser();

    expect(body).toContain('Must have a UID to start file servers');
    expect(body).not.toContain('Try again');
  });
});

describe('with tokens of users', () => {
  beforeEach(() => renewWorld({ authentication: bearerAuthentication(source) }));

  const basic = (password: string) => ({
    authorization: `Basic ${Buffer.from(`rachel:${password}`).toString('base64')}`,
  });

  test('with tokens of users, a browser sends one as a password, which it is asked for', async () => {
    const asked = await ask('/files', {});

    expect(asked.statusCode).toBe(401);
    expect(asked.headers['www-authenticate']).toEqual([
      'Bearer realm="nublado"',
      'Basic realm="files", charset="UTF-8"',
    ]);
    expect((await ask('/files', basic('rachels-token'))).statusCode).toBe(200);
    expect((await ask('/files', basic('wrong-token'))).statusCode).toBe(401);
    expect((await ask('/files', { authorization: 'Bearer rachels-token' })).statusCode).toBe(200);
  });

  test.each(['Basic', 'Basic !', 'Basic cmFjaGVs', `Basic ${'A'.repeat(2_000)}`])(
    'with tokens of users, %s is no token',
    async (authorization) => {
      expect((await ask('/files', { authorization })).statusCode).toBe(401);
    },
  );

  test('with tokens of users, other routes take no password', async () => {
    const answer = await ask('/nublado/fileserver/v1/user-status', basic('rachels-token'));

    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="nublado"');
  });

  test('with tokens of users, a service has no file server', async () => {
    expect((await ask('/files', { authorization: 'Bearer the-hubs-token' })).statusCode).toBe(403);
  });
});
