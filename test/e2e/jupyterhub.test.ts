import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Pod, V1Secret } from '@kubernetes/client-node';
import { namespaceName, podName } from '../../src/domain/lab-key';
import type { ControllerProcess } from '../../stack/controller';
import type { HubDescription } from '../../stack/description';
import { hubApi } from '../../stack/hub-api';
import { HubClient } from '../../stack/hub-client';
import { type OwnStack, startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { type HubAccounts, hubAccounts } from '../support/hub-accounts';
import { HUB_VERSION } from '../support/hub-version';
import { secretsFound, withDecodedPayloads } from '../support/secret-search';
import { formFor, type World, worldOn } from '../support/world';

const TEMPLATE = join(__dirname, '../data/e2e/jupyterhub.yaml');

const hubSecrets = {
  JUPYTERHUB_API_TOKEN: randomBytes(16).toString('hex'),
  JPY_API_TOKEN: randomBytes(16).toString('hex'),
};

let stack: OwnStack;
let world: World;
let controller: ControllerProcess;
let accounts: HubAccounts;
let access: HubDescription;
let serviceToken: string;
let spawner: HubClient;

beforeAll(async () => {
  const name = `e2e-${randomBytes(4).toString('hex')}`;
  const progress = (line: string) => process.stderr.write(`stack: ${line}\n`);
  stack = await startStack({ name, jupyterhub: 'api', hubVersion: HUB_VERSION, progress });
  if (!stack.jupyterhub) throw new Error('the stack has no JupyterHub');
  access = stack.jupyterhub;
  ({ serviceToken } = access);
  accounts = hubAccounts(access);
  const configFile = join(stack.directory, 'jupyterhub.yaml');
  const text = readFileSync(TEMPLATE, 'utf8').replace('http://hub:8081/hub/api', access.apiUrl);
  writeFileSync(configFile, text);
  world = await worldOn(stack, { configFile, environment: { REPERTOIRE_BASE_URL: '' } });
  controller = await world.start('serve');
  spawner = new HubClient({ ingressUrl: controller.apiUrl, hubToken: serviceToken });
}, 180_000);

afterAll(() => world.stop());

const get = (path: string, token: string) =>
  fetch(`${controller.apiUrl}/nublado/spawner/v1/${path}`, { headers: { authorization: `token ${token}` } });

async function podOf(username: string): Promise<V1Pod> {
  const path = `/api/v1/namespaces/lab-${username}/pods/${username}-nb`;
  return (await world.cluster.send('GET', path)).body as V1Pod;
}

async function secretOf(username: string): Promise<V1Secret> {
  const path = `/api/v1/namespaces/lab-${username}/secrets/${username}-nb`;
  return (await world.cluster.send('GET', path)).body as V1Secret;
}

test('a service that may handle all servers is an administrator and no user', async () => {
  expect((await get('labs', serviceToken)).status).toBe(200);
  expect((await get('user-status', serviceToken)).status).toBe(403);
});

test('a user’s token is that user and no administrator', async () => {
  const username = await accounts.aUser();
  const { token } = await accounts.issueToken(username);

  const own = await get('user-status', token);

  expect([own.status, await own.json()]).toEqual([
    404,
    { detail: [{ msg: `Unknown user ${username}`, type: 'unknown_user' }] },
  ]);
  expect((await get('labs', token)).status).toBe(403);
  expect((await get(`labs/${username}`, token)).status).toBe(403);
  expect((await get('labs/somebody-else/events', token)).status).toBe(403);
});

test('a token of the user with fewer scopes cannot handle their lab', async () => {
  const username = await accounts.aUser();
  const { token } = await accounts.issueToken(username, [`read:users:name!user=${username}`]);

  expect((await get('user-status', token)).status).toBe(403);
  expect((await spawner.create(username, token, { options: formFor('fast') })).status).toBe(403);
});

test('an unknown token is refused, with the reason', async () => {
  const answer = await get('labs', randomBytes(16).toString('hex'));

  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
});

test('a token that the hub has revoked is refused once it is no longer cached', async () => {
  const username = await accounts.aUser();
  const token = await accounts.issueToken(username);
  expect((await get('user-status', token.token)).status).toBe(404);

  await accounts.revokeToken(username, token);

  const answer = await eventually(
    () => get('user-status', token.token),
    ({ status }) => status !== 404,
  );
  expect([answer.status, await answer.json()]).toEqual([
    401,
    { detail: [{ msg: 'Token is invalid', type: 'invalid_token' }] },
  ]);
});

test('the deployed spawner works with users’ tokens of the hub, and their groups become POSIX groups', async () => {
  const username = await accounts.aUser(['science', 'choir']);
  const { token } = await accounts.issueToken(username);

  const url = await spawner.start(username, token, { options: formFor('fast'), environment: hubSecrets });

  expect(url).toContain(`/nb/user/${username}/`);
  expect(await spawner.poll(username)).toBeNull();
  const { spec } = await podOf(username);
  expect(spec?.containers[0]?.securityContext).toMatchObject({ runAsUser: 1000, runAsGroup: 100 });
  expect(spec?.securityContext?.supplementalGroups).toEqual([100, 2202]);
  await spawner.stop(username);
  expect(await spawner.poll(username)).toBe(0);
});

test.each(['ada.lovelace@example.org', '1_ada-', 'zo\u00eb', `x${'-y'.repeat(75)}`])(
  'a user whose name Kubernetes cannot take has a form and a lab like any other: %s',
  async (username) => {
    await hubApi(access).addUsers([username]);
    const { token } = await accounts.issueToken(username);
    const path = `labs/${encodeURIComponent(username)}`;

    expect(await (await get(path.replace('labs', 'lab-form'), token)).text()).toContain('name="size"');
    await spawner.start(username, token, { options: formFor('fast'), environment: hubSecrets });

    expect(await (await get('user-status', token)).json()).toMatchObject({
      status: 'running',
      user: { username },
    });
    await eventually(
      async () => (await get('labs', serviceToken)).json(),
      (names) => Array.isArray(names) && names.includes(username),
    );
    const place = `/api/v1/namespaces/${namespaceName('lab', username)}/pods/${podName(username)}`;
    const pod = (await world.cluster.send('GET', place)).body as V1Pod;
    expect(pod.metadata?.annotations?.['nublado.lsst.io/user']).toBe(username);
    await spawner.stop(username);
    expect(await spawner.poll(username)).toBe(0);
  },
);

describe('a lab that the hub’s service creates for a user', () => {
  const ids = { name: 'Ada', uid: 4321, gid: 4322, groups: [{ name: 'science', id: 2202 }] };
  let username: string;

  beforeAll(async () => {
    username = await accounts.aUser();
    const options = { options: formFor('slow'), environment: hubSecrets, user: ids };
    await spawner.start(username, serviceToken, options);
  });

  afterAll(() => spawner.stop(username));

  test('a lab that the hub’s service creates for a user runs under the IDs that came with the request', async () => {
    const { spec } = await podOf(username);

    expect(await spawner.read(username)).toMatchObject({ status: 'running', user: { username, uid: 4321 } });
    expect(spec?.containers[0]?.securityContext).toMatchObject({ runAsUser: 4321, runAsGroup: 4322 });
    expect(spec?.securityContext?.supplementalGroups).toEqual([4322, 2202]);
  });

  test('a lab that the hub’s service creates for a user has the hub’s secrets and no delegated token', async () => {
    const { data = {} } = await secretOf(username);
    const variables = (await podOf(username)).spec?.containers[0]?.env?.map(({ name }) => name);

    expect(Object.keys(data).toSorted()).toEqual(['hub-env.JPY_API_TOKEN', 'hub-env.JUPYTERHUB_API_TOKEN']);
    expect(variables).toEqual(expect.arrayContaining(Object.keys(hubSecrets)));
    expect(variables).not.toContain('ACCESS_TOKEN');
  });

  test('a lab that the hub’s service creates for a user leaves no token in histories, logs and answers', async () => {
    const { token } = await accounts.issueToken(username);
    const answers = await Promise.all(
      [get('user-status', token), get(`labs/${username}`, serviceToken), get('labs', `${serviceToken}x`)].map(
        async (answer) => (await answer).text(),
      ),
    );
    const secrets = [token, serviceToken, ...Object.values(hubSecrets)];
    const texts = [...answers, readFileSync(controller.logFile, 'utf8')];
    for await (const { workflowId, runId } of world.temporal.workflow.list()) {
      const history = await world.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
      texts.push(withDecodedPayloads(history));
    }

    expect(texts.length).toBeGreaterThanOrEqual(answers.length + 2);
    expect(texts.join()).toContain(username);
    expect(secretsFound(texts.join('\n'), secrets)).toEqual([]);
  });
});

test('users cannot choose their own IDs', async () => {
  const username = await accounts.aUser();
  const { token } = await accounts.issueToken(username);

  const answer = await spawner.create(username, token, {
    options: formFor('fast'),
    user: { uid: 1, gid: 1 },
  });

  expect(answer.status).toBe(403);
  expect(await spawner.poll(username)).toBe(0);
});

test('while the hub is away its tokens cannot be checked, and afterwards all is well', async () => {
  await stack.kill('jupyterhub');
  const away = await eventually(
    () => get('labs', serviceToken),
    ({ status }) => status !== 200,
  );

  expect(away.status).toBe(500);
  expect(await away.json()).toMatchObject({ detail: [{ type: 'jupyterhub_error' }] });

  await stack.revive('jupyterhub');
  const back = await eventually(
    () => get('labs', serviceToken),
    ({ status }) => status !== 500,
  );
  expect(back.status).toBe(200);
});
