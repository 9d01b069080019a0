import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { ControllerProcess } from '../../stack/controller';
import { type OwnStack, startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { aForeignLab } from '../support/foreign-lab';
import { formFor, HUB_TOKEN, type TestUser, type World, worldOn } from '../support/world';

/** Its API waits for long; the one of these tests for a second only. */
const CONFIG_FILE = join(__dirname, '../data/e2e/config.yaml');

let stack: OwnStack;
let world: World;
/** Of the reference controller, made seconds before the first process starts. */
let foreign: TestUser;
let podUid: string;
const running: ControllerProcess[] = [];

beforeAll(async () => {
  stack = await startStack({ name: `adoption-${randomBytes(4).toString('hex')}` });
  const configFile = join(stack.directory, 'config.yaml');
  const config = parse(readFileSync(CONFIG_FILE, 'utf8')) as Readonly<Record<'timeouts', object>>;
  const timeouts = { ...config.timeouts, readinessPatience: '1s' };
  writeFileSync(configFile, stringify({ ...config, timeouts }));
  world = await worldOn(stack, { configFile });
  foreign = await world.aUser();
  await aForeignLab(world, foreign.username);
  podUid = await uidOfPod(foreign);
});

afterAll(() => world.stop());

const start = async (command: 'api' | 'worker' | 'watcher' | 'serve') => {
  const controller = await world.start(command);
  running.push(controller);
  return controller;
};

const stopAll = () => Promise.all(running.splice(0).map((controller) => controller.kill('SIGTERM')));

async function uidOfPod({ username }: TestUser): Promise<string> {
  const path = `/api/v1/namespaces/lab-${username}/pods/${username}-nb`;
  const { body } = await world.cluster.send('GET', path);
  return (body as { metadata: { uid: string } }).metadata.uid;
}

const spawner = (path: string) => `${world.stack.identity.proxyUrl}/nublado/spawner/v1/${path}`;

async function ask(path: string, token: string, method = 'GET') {
  const answer = await fetch(spawner(path), { method, headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), text: await answer.text() };
}

const NOT_RECONCILED = {
  status: 503,
  retryAfter: '5',
  text: expect.stringContaining('"type":"labs_not_reconciled"'),
};

/** Reads a lab again and again, from before a process answers until `stop`, and gives every status seen. */
function polling({ username }: TestUser) {
  const seen = new Set<number>();
  const end = new AbortController();
  const ended = (async () => {
    while (!end.signal.aborted) {
      const answer = await ask(`labs/${username}`, HUB_TOKEN).catch(() => null);
      if (answer) seen.add(answer.status);
      await delay(2);
    }
  })();
  return {
    seen,
    async stop() {
      end.abort();
      await ended;
    },
  };
}

const isKnown = (user: TestUser) =>
  eventually(
    () => ask(`labs/${user.username}`, HUB_TOKEN),
    ({ status }) => status === 200,
  );

test('an API without workers becomes ready after its patience, and reports what is missing', async () => {
  const { opsUrl } = await start('api');

  const readiness = await (await fetch(`${opsUrl}/readyz`)).json();
  expect(readiness).toMatchObject({ status: 'ok', labs: expect.stringContaining('still being looked for') });
});

test('before labs have been reconciled, no user is unknown and no lab is created or ended', async () => {
  const { username, token } = foreign;
  const answers = await Promise.all([
    ask(`labs/${username}`, HUB_TOKEN),
    ask('labs', HUB_TOKEN),
    ask(`labs/${username}`, HUB_TOKEN, 'DELETE'),
    ask(`labs/${username}/events`, token),
    ask('user-status', token),
  ]);
  const create = await world.hub.create(username, token, { options: formFor('fast') });

  expect(answers).toEqual(answers.map(() => NOT_RECONCILED));
  expect([create.status, create.headers.get('retry-after')]).toEqual([503, '5']);
});

test('a lab made seconds before the first worker starts is never unknown, and keeps its pod', async () => {
  const stranger = await world.aUser();
  const polls = polling(foreign);

  const worker = await start('worker');
  await isKnown(foreign);
  await eventually(
    async () => (await ask(`labs/${stranger.username}`, HUB_TOKEN)).status,
    (status) => status === 404,
  );
  await polls.stop();

  expect(polls.seen).toEqual(new Set([200, 503]));
  expect(await world.hub.read(foreign.username)).toMatchObject({ status: 'running' });
  const create = await world.hub.create(foreign.username, foreign.token, { options: formFor('fast') });
  expect(create.status).toBe(409);
  expect(await uidOfPod(foreign)).toBe(podUid);
  expect(JSON.parse((await ask('labs', HUB_TOKEN)).text)).toEqual([foreign.username]);
  const api = await (await fetch(`${running[0]?.opsUrl}/readyz`)).json();
  expect(api).not.toHaveProperty('labs');
  expect(worker.command).toBe('worker');
});

test('when Temporal loses its data under running processes, labs that run are known again and never unknown', async () => {
  await start('watcher');
  const own = await world.aUser();
  await world.hub.start(own.username, own.token, { options: formFor('fast') });
  const uid = await uidOfPod(own);
  const polls = polling(own);

  await stack.kill('temporal');
  await stack.revive('temporal');
  await eventually(
    async () => polls.seen.has(503) && (await ask(`labs/${own.username}`, HUB_TOKEN)).status,
    (status) => status === 200,
  );
  await isKnown(foreign);
  await polls.stop();

  expect(polls.seen).not.toContain(404);
  expect(await uidOfPod(own)).toBe(uid);
  await eventually(
    () => world.temporal.schedule.getHandle('reconcile-labs').describe(),
    ({ info }) => info.recentActions.length > 0,
  );
  await world.hub.stop(own.username);
  expect((await ask(`labs/${own.username}`, HUB_TOKEN)).status).toBe(404);
});

test('one process that starts after a loss of data never calls a running lab unknown', async () => {
  await stopAll();
  await stack.kill('temporal');
  await stack.revive('temporal');
  const polls = polling(foreign);

  await start('serve');
  await isKnown(foreign);
  await polls.stop();

  expect(polls.seen).not.toContain(404);
  expect(await world.hub.read(foreign.username)).toMatchObject({ status: 'running' });
  expect(await uidOfPod(foreign)).toBe(podUid);
  await world.hub.stop(foreign.username);
});

test('a lab that runs and cannot be read is not unknown while all others are listed, until an operator corrects it', async () => {
  await stopAll();
  const { username, token } = await world.aUser();
  const other = await world.aUser();
  await aForeignLab(world, username, ({ environment }) => {
    environment.data = { ...environment.data, CPU_LIMIT: 'plenty' };
  });
  await stack.kill('temporal');
  await stack.revive('temporal');

  await start('serve');
  await eventually(
    async () => (await ask(`labs/${other.username}`, HUB_TOKEN)).status,
    (status) => status === 404,
  );

  expect(await ask(`labs/${username}`, HUB_TOKEN)).toEqual(NOT_RECONCILED);
  expect((await world.hub.create(username, token, { options: formFor('fast') })).status).toBe(503);
  await world.cluster.send('DELETE', `/api/v1/namespaces/lab-${username}`);
  await eventually(
    () => world.cluster.send('GET', `/api/v1/namespaces/lab-${username}`),
    ({ status }) => status === 404,
  );
  await world.temporal.schedule.getHandle('reconcile-labs').trigger();
  await eventually(
    async () => (await ask(`labs/${username}`, HUB_TOKEN)).status,
    (status) => status === 404,
  );
});
