import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ControllerProcess } from '../../stack/controller';
import { secretsFound, withDecodedPayloads } from '../support/secret-search';
import { aWorld, formFor, HUB_TOKEN, type TestUser, type World } from '../support/world';

let world: World;
let controller: ControllerProcess;
let user: TestUser;
const hubSecrets = { JUPYTERHUB_API_TOKEN: aSecret(), JPY_API_TOKEN: aSecret() };

/** Some that are no secrets for the hub, each with a value that is nowhere else. */
const variables = Object.fromEntries(
  ['PATH', 'LANG', 'JUPYTERHUB_USER', 'SOME_CREDENTIAL'].map((name) => [name, aSecret()]),
);

function aSecret(): string {
  return randomBytes(16).toString('hex');
}

beforeAll(async () => {
  world = await aWorld();
  controller = await world.start('serve');
  user = await world.aUser();
  const options = { options: formFor('slow'), environment: { ...variables, ...hubSecrets } };
  await world.hub.start(user.username, user.token, options);
});

afterAll(() => world.stop());

/** The token that the ingress hands to the controller for this user. */
function delegatedTokenPattern(): RegExp {
  return /gt-[\w-]{22}\.(?:notebook|internal)/;
}

/** Every secret of this spawn, in clear text and as Kubernetes and Temporal would encode it. */
function secretsIn(text: string): string[] {
  const secrets = [user.token, HUB_TOKEN, ...Object.values(hubSecrets)];
  const found = secretsFound(text, secrets);
  const delegated = delegatedTokenPattern().exec(text)?.[0];
  return delegated ? [...found, delegated] : found;
}

test('the search finds secrets where they are', () => {
  expect(secretsIn(`x ${hubSecrets.JPY_API_TOKEN} y`)).toEqual([hubSecrets.JPY_API_TOKEN]);
  expect(secretsIn(Buffer.from(user.token).toString('base64'))).toEqual([user.token]);
  const delegated = `gt-${randomBytes(11).toString('hex')}.notebook`;
  expect(secretsIn(delegated)).toEqual([delegated]);
});

test('no workflow history holds a secret', async () => {
  let histories = 0;
  for await (const { workflowId, runId } of world.temporal.workflow.list()) {
    const history = await world.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
    histories += 1;
    expect(secretsIn(withDecodedPayloads(history))).toEqual([]);
  }
  expect(histories).toBeGreaterThanOrEqual(2);
});

test('no workflow history holds a variable that the hub has sent, but the prefix of the lab’s URL', async () => {
  const handle = world.temporal.workflow.getHandle(`lab-${user.username}`);
  const text = withDecodedPayloads(await handle.fetchHistory());

  expect(text).toContain('JUPYTERHUB_SERVICE_PREFIX');
  expect(secretsFound(text, Object.values(variables))).toEqual([]);
});

test('no log holds a secret, even at the most talkative level', () => {
  const log = readFileSync(controller.logFile, 'utf8');

  expect(log).toContain(user.username);
  expect(secretsIn(log)).toEqual([]);
});

test.each([
  ['lab state', '/nublado/spawner/v1/labs/{user}', { 'x-auth-request-user': 'hub' }],
  ['list of labs', '/nublado/spawner/v1/labs', {}],
  ['user status', '/nublado/spawner/v1/user-status', { 'x-auth-request-user': '{user}' }],
  [
    'event stream',
    '/nublado/spawner/v1/labs/{user}/events?extended=true',
    { 'x-auth-request-user': '{user}' },
  ],
])('the %s holds no secret', async (_what, path, headers) => {
  const named = (text: string) => text.replace('{user}', user.username);
  const answer = await fetch(controller.apiUrl + named(path), {
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, named(value)])),
  });
  const text = await answer.text();

  expect(answer.status).toBe(200);
  expect(text).toContain(user.username);
  expect(secretsIn(text)).toEqual([]);
});

test('metrics hold no secret', async () => {
  const text = await (await fetch(`${controller.opsUrl}/metrics`)).text();

  expect(text).toContain('nublado_lab_requests_total');
  expect(secretsIn(text)).toEqual([]);
});

test('refusals do not repeat what they refuse', async () => {
  const answer = await fetch(`${controller.apiUrl}/nublado/spawner/v1/labs/${user.username}/create`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-auth-request-user': user.username,
      'x-auth-request-token': `gt-${'0'.repeat(22)}.notebook`,
    },
    body: JSON.stringify({ options: {}, env: { ...hubSecrets, OTHER: 5 } }),
  });

  expect(answer.status).toBe(401);
  expect(secretsIn(await answer.text())).toEqual([]);
});

test('of all Kubernetes objects only the lab’s Secret holds secrets', async () => {
  const namespace = `/api/v1/namespaces/lab-${user.username}`;
  const list = z.object({ items: z.array(z.unknown()) });
  for (const kind of ['configmaps', 'pods', 'events', 'resourcequotas']) {
    const { body } = await world.cluster.send('GET', `${namespace}/${kind}`);
    const text = withDecodedPayloads(list.parse(body).items);
    expect(secretsIn(text)).toEqual([]);
  }
  const { body } = await world.cluster.send('GET', `${namespace}/secrets/${user.username}-nb`);
  const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(body);
  const clear = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
  expect(clear('token')).toMatch(delegatedTokenPattern());
  expect(clear('hub-env.JUPYTERHUB_API_TOKEN')).toBe(hubSecrets.JUPYTERHUB_API_TOKEN);
  expect(clear('hub-env.JPY_API_TOKEN')).toBe(hubSecrets.JPY_API_TOKEN);
});
