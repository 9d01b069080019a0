import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { type OwnStack, startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { type HubPair, hubPair } from '../support/hub-pair';
import { HUB_VERSION } from '../support/hub-version';
import type { Standby } from '../support/standby';
import { type TestUser, type World, worldOn } from '../support/world';

const CONFIG_FILE = join(__dirname, '../data/e2e/hub.yaml');
const FORM = { image_list: ['registry.example.com/lab:w_2077_46'], size: ['small'] };

const serversSchema = z.object({
  servers: z.record(
    z.string(),
    z.object({ ready: z.boolean(), pending: z.string().nullable(), started: z.string().nullable() }),
  ),
});
const podSchema = z.object({ metadata: z.object({ uid: z.string() }) });

let stack: OwnStack;
let world: World;
let hubs: HubPair;
const standbys: Standby[] = [];

beforeAll(async () => {
  const name = `e2e-${randomBytes(4).toString('hex')}`;
  stack = await startStack({
    name,
    jupyterhub: 'full',
    hubVersion: HUB_VERSION,
    postgresql: true,
    progress: report,
  });
  world = await worldOn(stack, { configFile: CONFIG_FILE }, ['serve']);
  hubs = await hubPair(stack);
});

afterAll(async () => {
  for (const standby of standbys) standby.kill('SIGKILL');
  await Promise.all(standbys.map(({ exited }) => exited));
  await world.stop();
});

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

const hubUrl = (path: string) => `${stack.jupyterhub?.apiUrl}/${path}`;

/** Asks the hub as the tests' service; undefined while there is no hub. */
async function askHub(method: string, path: string, body?: object): Promise<Response | undefined> {
  const headers = { authorization: `token ${stack.jupyterhub?.adminToken}` };
  const request = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  return fetch(hubUrl(path), request).catch(() => undefined);
}

const hubAnswers = async () => (await askHub('GET', ''))?.ok === true;

/** Waits until the hub of this standby answers, and tells how long it took. */
async function takeover(standby: Standby, since: number): Promise<number> {
  await eventually(
    async () => standby.event('command started') !== undefined && hubAnswers(),
    (answers) => answers,
  );
  return Date.now() - since;
}

async function server({ username }: TestUser) {
  const answer = await askHub('GET', `users/${username}`);
  return answer?.ok ? serversSchema.parse(await answer.json()).servers[''] : undefined;
}

/** A user who has been at the hub, which has their token from the ingress since then. */
async function aUser(): Promise<TestUser> {
  const user = await world.aUser();
  const login = `${stack.jupyterhub?.url}hub/gafaelfawr/login`;
  const headers = { authorization: `Bearer ${user.token}`, 'sec-fetch-mode': 'navigate' };
  const answer = await fetch(login, { headers, redirect: 'manual' });
  expect(answer.status).toBe(302);
  return user;
}

/** Answers of the user's JupyterLab behind the hub's proxy. */
async function labStatus({ username }: TestUser, token: string): Promise<number> {
  const url = `${hubs.proxyUrl}user/${username}/api/status`;
  return (await fetch(url, { headers: { authorization: `token ${token}` }, redirect: 'manual' })).status;
}

async function hubToken({ username }: TestUser): Promise<string> {
  const answer = await askHub('POST', `users/${username}/tokens`, { note: 'test' });
  return z.object({ token: z.string() }).parse(await answer?.json()).token;
}

const podPath = ({ username }: TestUser) => `/api/v1/namespaces/lab-${username}/pods/${username}-nb`;

async function podId(user: TestUser): Promise<string | undefined> {
  const { status, body } = await world.cluster.send('GET', podPath(user));
  return status === 200 ? podSchema.parse(body).metadata.uid : undefined;
}

/** Lets nodes take new pods, or not; pods that run stay. */
async function setSchedulable(isSchedulable: boolean): Promise<void> {
  const path = `/api/v1/nodes/${stack.kubernetes.nodes[0]}`;
  const spec = { unschedulable: !isSchedulable };
  expect((await world.cluster.send('PATCH', path, { spec }, 'application/merge-patch+json')).status).toBe(
    200,
  );
}

function start(identity: string): Standby {
  const standby = hubs.start(identity);
  standbys.push(standby);
  return standby;
}

async function standsBy(standby: Standby): Promise<void> {
  await eventually(
    async () => standby.events().map(({ message }) => message),
    (messages) => messages.some((message) => message.startsWith('lease held by')),
  );
}

test('a hub takes over from one that was killed and from one that was told to end, with all labs', async () => {
  const first = start('first');
  report(`hub started in ${await takeover(first, Date.now())} ms`);
  const second = start('second');
  await standsBy(second);
  const [settled, starting] = [await aUser(), await aUser()];
  const answer = await askHub('POST', `users/${settled.username}/server`, FORM);
  expect([201, 202]).toContain(answer?.status);
  const running = await eventually(
    () => server(settled),
    (seen) => seen?.ready === true,
  );
  const [pod, token] = [await podId(settled), await hubToken(settled)];
  expect(await labStatus(settled, token)).toBe(200);
  await setSchedulable(false);
  void askHub('POST', `users/${starting.username}/server`, FORM);
  const pendingPod = await eventually(
    () => podId(starting),
    (id) => id !== undefined,
  );
  expect(await server(starting)).toMatchObject({ ready: false, pending: 'spawn' });

  const killedAt = Date.now();
  first.kill('SIGKILL');
  await first.exited;
  expect(await labStatus(settled, token)).toBe(200);
  report(`SIGKILL: a hub again after ${await takeover(second, killedAt)} ms`);

  expect(await server(settled)).toMatchObject({ ready: true, pending: null, started: running?.started });
  expect(await server(starting)).toMatchObject({ ready: false });
  await setSchedulable(true);
  await eventually(
    () => server(starting),
    (seen) => seen?.ready === true,
  );
  expect(await labStatus(starting, await hubToken(starting))).toBe(200);
  expect(await podId(starting)).toBe(pendingPod);
  expect(await podId(settled)).toBe(pod);

  const third = start('third');
  await standsBy(third);
  const toldAt = Date.now();
  second.kill('SIGTERM');
  expect(await second.exited).toEqual({ code: 0, signal: null });
  expect(second.event('lease released')).toBeDefined();
  report(
    `SIGTERM: hub gone after ${Date.now() - toldAt} ms, a hub again after ${await takeover(third, toldAt)} ms`,
  );

  for (const user of [settled, starting]) {
    expect(await server(user)).toMatchObject({ ready: true, pending: null });
    expect(await labStatus(user, await hubToken(user))).toBe(200);
  }
  await askHub('DELETE', `users/${settled.username}/server`);
  await eventually(
    () => podId(settled),
    (id) => id === undefined,
  );
});
