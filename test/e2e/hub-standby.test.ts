import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { type JupyterHub, reachJupyterHub } from '../../bench/hub/jupyterhub';
import { type HubApi, hubApi } from '../../stack/hub-api';
import { type OwnStack, startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { type HubAccounts, hubAccounts } from '../support/hub-accounts';
import { type HubPair, hubPair } from '../support/hub-pair';
import { HUB_VERSION } from '../support/hub-version';
import type { Standby } from '../support/standby';
import { type TestUser, type World, worldOn } from '../support/world';

const CONFIG_FILE = join(__dirname, '../data/e2e/hub.yaml');
const FORM = { image_list: ['registry.example.com/lab:w_2077_46'], size: ['small'] };

const podSchema = z.object({ metadata: z.object({ uid: z.string() }) });

let stack: OwnStack;
let world: World;
let hub: HubApi;
let jupyterHub: JupyterHub;
let accounts: HubAccounts;
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
  if (!stack.jupyterhub) throw new Error('the stack has no JupyterHub');
  hub = hubApi(stack.jupyterhub);
  jupyterHub = reachJupyterHub(stack.jupyterhub);
  accounts = hubAccounts(stack.jupyterhub);
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

/** Waits until the hub of this standby answers, and tells how long it took. */
async function takeover(standby: Standby, since: number): Promise<number> {
  await eventually(
    async () => standby.event('command started') !== undefined && jupyterHub.isUp(),
    (answers) => answers,
  );
  return Date.now() - since;
}

const server = ({ username }: TestUser) => hub.server(username);

/** A user who has been at the hub, which has their token from the ingress since then. */
async function aUser(): Promise<TestUser> {
  const user = await world.aUser();
  await jupyterHub.logIn(user);
  return user;
}

/** Answers of the user's JupyterLab behind the hub's proxy. */
async function labStatus({ username }: TestUser, token: string): Promise<number> {
  const url = `${hubs.proxyUrl}user/${username}/api/status`;
  return (await fetch(url, { headers: { authorization: `token ${token}` }, redirect: 'manual' })).status;
}

async function hubToken({ username }: TestUser): Promise<string> {
  return (await accounts.issueToken(username)).token;
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

test('a hub takes over from one that was killed and from one that was stopped, with all labs', async () => {
  const first = start('first');
  report(`hub started in ${await takeover(first, Date.now())} ms`);
  const second = start('second');
  await standsBy(second);
  const [settled, starting] = [await aUser(), await aUser()];
  await hub.start(settled.username, FORM);
  const running = await eventually(
    () => server(settled),
    (seen) => seen?.ready === true,
  );
  const [pod, token] = [await podId(settled), await hubToken(settled)];
  expect(await labStatus(settled, token)).toBe(200);
  await setSchedulable(false);
  await hub.start(starting.username, FORM);
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
  await hub.stop(settled.username);
  await eventually(
    () => podId(settled),
    (id) => id === undefined,
  );
});
