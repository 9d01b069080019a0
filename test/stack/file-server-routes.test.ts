import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { isServing } from '../../src/domain/file-server';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import { eventually } from '../support/eventually';
import { theStack } from '../support/stack';
import { type Created, created, inputHere } from './file-servers';

const { identity, kubernetes } = theStack();
const run = randomBytes(3).toString('hex');

let controller: KubernetesApi;
const servers: Server[] = [];
const made: Created[] = [];

beforeAll(() => {
  controller = kubernetesApi(kubernetes.controllerKubeconfig);
});

afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  for (const { remove } of made) await remove();
  controller.close();
});

/** Gives a user a token with the scope for files, or with another one. */
async function tokenOf(username: string, scope = 'write:files'): Promise<string> {
  const token = `gt-${randomBytes(8).toString('hex')}.fake`;
  const answer = await fetch(`${identity.controlUrl}/users/${token}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, scopes: [scope] }),
  });
  expect(answer.status).toBe(204);
  return token;
}

/** A file server of a case whose pod answers with the path and the headers that it gets. */
async function running(name: string, username: string): Promise<void> {
  const server = await created(controller, inputHere(name, { username }));
  made.push(server);
  const { pod } = await eventually(server.observe, isServing);
  const program = createServer(({ headers, url }, response) => {
    response.end(JSON.stringify({ url, headers }));
  });
  servers.push(program);
  program.listen(8000, pod?.podIp ?? '');
  await once(program, 'listening');
}

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

const call = (path: string, authorization?: string): Promise<Response> =>
  fetch(`${identity.proxyUrl}${path}`, { headers: authorization === undefined ? {} : { authorization } });

interface Reached {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** What the pod is sent, once the proxy knows it. */
async function reached(path: string, authorization: string): Promise<Reached> {
  const answer = await eventually(
    () => call(path, authorization),
    ({ status }) => status === 200,
  );
  return (await answer.json()) as Reached;
}

test('through the Ingress that Gafaelfawr makes a user reaches the pod, with a token as the password', async () => {
  const username = `rachel-${run}`;
  const path = `/files/${username}/a%20b?c`;
  await running('minimal', username);
  const token = await tokenOf(username);

  for (const authorization of [basic(username, token), basic(token, 'x-oauth-basic'), `Bearer ${token}`]) {
    const { headers, url } = await reached(path, authorization);
    expect([url, headers['x-auth-request-user'], headers.authorization]).toEqual([path, username, undefined]);
  }
  const refusals = [
    await call(path),
    await call(path, basic(username, 'gt-unknown.fake')),
    await call(path, basic(username, await tokenOf(username, 'exec:notebook'))),
    await call(path, basic(username, await tokenOf(`wrench-${run}`))),
  ];
  expect(refusals.map(({ status }) => status)).toEqual([401, 401, 403, 403]);
  expect(refusals[0]?.headers.get('www-authenticate')).toMatch(/^Basic /);
});

test.each(['ingress', 'http-route'])(
  'through the %s of no Gafaelfawr the pod gets what clients send',
  async (name) => {
    const username = `${name}-${run}`;
    await running(name, username);
    const authorization = basic(username, 'a password');
    const { headers } = await reached(`/files/${username}`, authorization);
    expect([headers.authorization, headers['x-auth-request-user']]).toEqual([authorization, undefined]);
  },
);

test('what is no file server, or none any more, is not reached', async () => {
  const username = `gone-${run}`;
  await running('minimal', username);
  const authorization = basic(username, await tokenOf(username));
  await reached(`/files/${username}`, authorization);
  expect((await call(`/files/${username}er`, authorization)).status).not.toBe(200);

  await made.pop()?.remove();
  const after = await eventually(
    () => call(`/files/${username}`, authorization),
    ({ status }) => status !== 200,
  );
  expect(after.ok).toBe(false);
});
