import { z } from 'zod';
import { theStack } from '../support/stack';

const { identity } = theStack();

const control = (method: string, path: string, body?: unknown) =>
  fetch(`${identity.controlUrl}/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });

const userInfo = (token?: string) =>
  fetch(`${identity.gafaelfawrUrl}/user-info`, {
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });

afterEach(async () => {
  await control('POST', 'reset');
});

test('discovery has the URLs of the identity service and the controller', async () => {
  const answer = await fetch(`${identity.discoveryUrl}/discovery`);

  expect(await answer.json()).toMatchObject({
    services: {
      internal: {
        gafaelfawr: { versions: { v1: { url: identity.gafaelfawrUrl } } },
        'nublado-controller': { url: `${identity.proxyUrl}/nublado` },
      },
    },
  });
});

test('a token gives the facts about its user and not their scopes', async () => {
  const answer = await userInfo('gt-rachel.fake');

  expect(await answer.json()).toEqual({
    username: 'rachel',
    name: 'Rachel Carson',
    email: 'rachel@example.com',
    uid: 1101,
    gid: 1101,
    groups: [
      { name: 'rachel', id: 1101 },
      { name: 'lunatics', id: 2028 },
      { name: 'mechanics', id: 2001 },
    ],
    quota: { api: {}, tap: {}, notebook: { cpu: 9, memory: 27, spawn: true } },
  });
});

test('a user without a UID has none in the document', async () => {
  expect(await (await userInfo('gt-ghost.fake')).json()).not.toHaveProperty('uid');
});

test('an unknown token is refused with a challenge', async () => {
  const answer = await userInfo('gt-nobody.fake');

  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toBe(
    'Bearer realm="nublado.example.com", error="invalid_token", error_description="Token is not valid"',
  );
});

test('a request without a token is refused without naming an error', async () => {
  const answer = await userInfo();

  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="nublado.example.com"');
});

test('a test can register users, also with documents that are wrong, and remove them', async () => {
  const put = await control('PUT', 'users/gt-nova.fake', { username: 'nova', overrides: { uid: 'ten' } });
  expect(put.status).toBe(204);
  expect(await (await userInfo('gt-nova.fake')).json()).toMatchObject({ username: 'nova', uid: 'ten' });

  await control('DELETE', 'users/gt-nova.fake');
  expect((await userInfo('gt-nova.fake')).status).toBe(401);
});

test('a registration that makes no sense is refused', async () => {
  expect((await control('PUT', 'users/gt-nova.fake', { name: 'Nova' })).status).toBe(422);
});

test('a test can make an endpoint answer with an error for a while', async () => {
  await control('PUT', 'failures/user-info', { mode: 'status', status: 503 });
  expect((await userInfo('gt-rachel.fake')).status).toBe(503);
  expect((await fetch(`${identity.discoveryUrl}/discovery`)).status).toBe(200);

  await control('DELETE', 'failures/user-info');
  expect((await userInfo('gt-rachel.fake')).status).toBe(200);
});

test('a test can make an endpoint cut the connection', async () => {
  await control('PUT', 'failures/discovery', { mode: 'reset' });

  await expect(fetch(`${identity.discoveryUrl}/discovery`)).rejects.toThrow('fetch failed');
});

test('a test can make an endpoint hang', async () => {
  await control('PUT', 'failures/discovery', { mode: 'hang' });
  const signal = AbortSignal.timeout(300);

  await expect(fetch(`${identity.discoveryUrl}/discovery`, { signal })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

test('the service counts what it was asked', async () => {
  const requestsSchema = z.object({ userInfo: z.number() });
  const count = async () => requestsSchema.parse(await (await control('GET', 'requests')).json()).userInfo;
  const before = await count();
  await userInfo('gt-rachel.fake');

  expect(await count()).toBe(before + 1);
});
