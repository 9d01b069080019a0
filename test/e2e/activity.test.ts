import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1ConfigMap } from '@kubernetes/client-node';
import { parseDocument } from 'yaml';
import { type ControllerProcess, freeControllerPorts, startController } from '../../stack/controller';
import { HubClient } from '../../stack/hub-client';
import { type RunningStack, startStack } from '../../stack/start';
import { type ActivityHub, startActivityHub } from '../support/activity-hub';
import { eventually } from '../support/eventually';
import { secretsFound } from '../support/secret-search';
import { formFor, type World, worldOn } from '../support/world';

const TEMPLATE = join(__dirname, '../data/e2e/activity.yaml');
const OPERATOR = 'the-operators-token';

/** What a lab has of the hub and of the controller. */
interface Lab {
  readonly username: string;
  readonly token: string;
  readonly environment: Readonly<Record<string, string>>;
}

let world: World;
let hub: ActivityHub;
let stack: RunningStack;
let configFile: string;
let controller: ControllerProcess;
let spawner: HubClient;

beforeAll(async () => {
  stack = await startStack({ name: `e2e-${randomBytes(4).toString('hex')}` });
  hub = await startActivityHub(stack.directory);
  configFile = join(stack.directory, 'activity.yaml');
  world = await worldOn(stack, { configFile });
  controller = await aController();
});

afterAll(async () => {
  await controller.kill('SIGKILL');
  await hub.kill();
  await world.stop();
});

/** Starts the controller at new addresses, of which labs made from now on are told. */
async function aController(): Promise<ControllerProcess> {
  const ports = await freeControllerPorts();
  const config = parseDocument(readFileSync(TEMPLATE, 'utf8'));
  config.setIn(['hub', 'apiUrl'], hub.apiUrl);
  config.setIn(['hub', 'tokenPath'], hub.tokenPath);
  config.setIn(['hub', 'activityUrl'], `http://127.0.0.1:${ports.activity}`);
  writeFileSync(configFile, String(config));
  const environment = { REPERTOIRE_BASE_URL: '' };
  const started = await startController('serve', { stack, name: 'activity', configFile, environment, ports });
  spawner = new HubClient({ ingressUrl: started.apiUrl, hubToken: OPERATOR });
  return started;
}

/** A server that the hub believes in, and its lab. */
async function aLab(): Promise<Lab> {
  const username = `user-${randomBytes(4).toString('hex')}`;
  const given = await hub.startServer(username);
  const user = { uid: 1101, gid: 1101 };
  await spawner.start(username, OPERATOR, { options: formFor('fast'), environment: given, user });
  const path = `/api/v1/namespaces/lab-${username}/configmaps/${username}-nb-env`;
  const { data = {} } = (await world.cluster.send('GET', path)).body as V1ConfigMap;
  return { username, token: given['JUPYTERHUB_API_TOKEN'] ?? '', environment: data };
}

/** Reports as `jupyterhub-singleuser` does. */
function report({ environment, token }: Lab, instant = new Date()): Promise<Response> {
  const lastActivity = instant.toISOString().replace('Z', '000Z');
  return fetch(environment['JUPYTERHUB_ACTIVITY_URL'] ?? '', {
    method: 'POST',
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      servers: { [environment['JUPYTERHUB_SERVER_NAME'] ?? '']: { last_activity: lastActivity } },
      last_activity: lastActivity,
    }),
  });
}

const isAt = (instant: Date, seen: string | null | undefined) =>
  typeof seen === 'string' && Date.parse(seen) === instant.getTime();

/** Waits until the hub knows that a lab was active then. */
const known = ({ username }: Lab, instant: Date) =>
  eventually(
    () => hub.read(username),
    ({ lastActivity }) => isAt(instant, lastActivity),
  );

test('the last activity that a lab reports to the controller is that of user and server in the hub', async () => {
  const lab = await aLab();
  expect(lab.environment).toMatchObject({
    JUPYTERHUB_ACTIVITY_URL: expect.stringMatching(
      `^http://127.0.0.1:${controller.ports.activity}/nublado/spawner/v1/labs/${lab.username}/activity\\?proof=[0-9a-f]{64}$`,
    ),
    JUPYTERHUB_ACTIVITY_INTERVAL: '60',
  });
  const instant = new Date();
  const answer = await report(lab, instant);

  expect(answer.status).toBe(204);
  const { server } = await known(lab, instant);
  expect(isAt(instant, server?.lastActivity)).toBe(true);
  expect(await (await fetch(`${controller.opsUrl}/metrics`)).text()).toContain(
    'nublado_activity_updates_total{outcome="sent"} 1',
  );
});

test('a lab reports for its own user only, and one that is gone for no user', async () => {
  const [lab, other, gone] = [await aLab(), await aLab(), await aLab()];
  await spawner.stop(gone.username);
  const before = await hub.read(other.username);

  expect((await report({ ...other, token: lab.token })).status).toBe(401);
  expect((await report(gone)).status).toBe(401);
  expect(await hub.read(other.username)).toEqual(before);
});

test('an idle lab is culled and an active one is not, until it is idle too', async () => {
  const [active, idle] = [await aLab(), await aLab()];
  const reports = setInterval(() => void report(active), 500);
  await report(active);
  const culler = hub.cull(6);
  const isCulled = ({ username }: Lab) =>
    eventually(
      () => hub.read(username),
      ({ server }) => server === null,
    );
  try {
    await isCulled(idle);
    expect((await hub.read(active.username)).server).not.toBeNull();
    clearInterval(reports);
    await isCulled(active);
  } finally {
    clearInterval(reports);
    culler.kill('SIGKILL');
  }
});

test('waiting updates are sent before the controller ends', async () => {
  const lab = await aLab();
  const [first, second] = [new Date(), new Date(Date.now() + 1)];
  await report(lab, first);
  await report(lab, second);
  await controller.kill('SIGTERM');

  expect(isAt(second, (await hub.read(lab.username)).lastActivity)).toBe(true);
  controller = await aController();
});

test('reports of labs while the hub is unavailable are sent when it is back', async () => {
  const lab = await aLab();
  await hub.kill();
  const instant = new Date();
  expect((await report(lab, instant)).status).toBe(204);
  const complaint = await eventually(
    async () => readFileSync(controller.logFile, 'utf8'),
    (log) => log.includes('the hub cannot be told of activity'),
  );
  expect(complaint).toContain('ECONNREFUSED');

  await hub.revive();
  const { server } = await known(lab, instant);
  expect(isAt(instant, server?.lastActivity)).toBe(true);
});

test('no token is in the log or in the metrics', async () => {
  const lab = await aLab();
  await report(lab);
  await report({ ...lab, token: `${lab.token}x` });
  const metrics = await (await fetch(`${controller.opsUrl}/metrics`)).text();
  const log = readFileSync(controller.logFile, 'utf8');

  expect(log).toContain(`/labs/${lab.username}/activity`);
  expect(secretsFound(log + metrics, [lab.token, hub.serviceToken])).toEqual([]);
});
