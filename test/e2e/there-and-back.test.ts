import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { type OwnStack, startStack } from '../../stack/start';
import { aReferenceFileServer } from '../objects/reference-file-server';
import { eventually } from '../support/eventually';
import { patch } from '../support/faults';
import { administrate, openPage } from '../support/file-server-world';
import { aForeignLab, createForeignLab, createObject } from '../support/foreign-lab';
import { beginJourney, blocksOf, type Journey, podPath, tokenOf } from '../support/journey';
import { fileServersForOriginal, readAsOriginal } from '../support/original';
import { formFor, type World, worldOn } from '../support/world';

const CONFIG_FILE = join(__dirname, '../data/e2e/config.yaml');

/** Those who have labs. */
const USERS = ['rachel', 'ribbon', 'wrench'];

let stack: OwnStack;
let world: World;
let journey: Journey;
/** Pods that must stay, by user. */
const kept: Record<string, string> = {};

beforeAll(async () => {
  stack = await startStack({ name: `back-${randomBytes(4).toString('hex')}`, ingress: true });
  const configFile = join(stack.directory, 'config.yaml');
  const config = parse(readFileSync(CONFIG_FILE, 'utf8')) as object;
  const fileserver = {
    enabled: true,
    namespace: stack.kubernetes.fileServerNamespaces.gafaelfawr,
    volumeMounts: [{ containerPath: '/home', volumeName: 'home' }],
  };
  writeFileSync(configFile, stringify({ ...config, fileserver }));
  world = await worldOn(stack, { configFile });
  journey = beginJourney(world, configFile);
});

afterAll(async () => {
  await journey?.end();
  await world?.stop();
});

/** A lab of the original with a quota that it can read itself, without a fraction; `behaviour` decides about its pod. */
const withBehaviour =
  (behaviour: string): Parameters<typeof aForeignLab>[2] =>
  ({ pod, quota }) => {
    quota.spec = { hard: { ...quota.spec?.hard, 'limits.cpu': '9' } };
    const annotations = { ...pod.metadata?.annotations, 'stack.nublado.lsst.io/behaviour': behaviour };
    pod.metadata = { ...pod.metadata, annotations };
  };

const setBehaviour = (username: string, behaviour: string): Promise<void> =>
  patch(world, podPath(username), {
    metadata: { annotations: { 'stack.nublado.lsst.io/behaviour': behaviour } },
  });

const create = (path: string, object: object) => createObject(world, path, object);

test('labs of the original, the youngest still pending, are adopted at once and never unknown', async () => {
  await aForeignLab(world, 'rachel', withBehaviour('fast'));
  await aForeignLab(world, 'wrench', withBehaviour('fast'));
  const { ingress, service, job } = aReferenceFileServer('rachel', {
    namespace: stack.kubernetes.fileServerNamespaces.gafaelfawr,
  });
  const files = `namespaces/${stack.kubernetes.fileServerNamespaces.gafaelfawr}`;
  await create(`/apis/gafaelfawr.lsst.io/v1alpha1/${files}/gafaelfawringresses`, ingress);
  await create(`/api/v1/${files}/services`, service);
  await create(`/apis/batch/v1/${files}/jobs`, job);
  await createForeignLab(world, 'ribbon', withBehaviour('waits'));
  journey.transcript.say(
    '# Labs of the original, which has been stopped; that of ribbon has just been created.',
  );
  journey.showPods();
  for (const username of USERS) kept[username] = await journey.uidOfPod(username);

  await journey.startOurs(USERS);

  // The list is by a record of reconciliation that may be a second old.
  await journey.untilRunning(['rachel', 'wrench']);
  await journey.ask('GET', '/labs');
  expect(await journey.ask('GET', '/labs?status=running')).toBe('200 ["rachel","wrench"]');
  await setBehaviour('ribbon', 'fast');
  await journey.untilRunning(USERS);
  journey.transcript.say('# The pod of ribbon starts.');
  await journey.ask('GET', '/labs?status=running');
  const answers = await journey.endPolls();
  for (const username of USERS) {
    expect(answers[username]).toEqual(['no answer', 503, 200]);
    expect(await journey.uidOfPod(username)).toBe(kept[username]);
  }
});

test('they can be used: one is deleted, another one spawned in its place, and file servers run', async () => {
  expect(await journey.ask('DELETE', '/labs/wrench')).toBe('204');
  expect(await journey.ask('GET', '/labs/wrench')).toMatch(/^404 /);
  const options = { options: formFor('fast'), env: { JUPYTERHUB_SERVICE_PREFIX: '/nb/user/wrench/' } };
  expect(await journey.ask('POST', '/labs/wrench/create', tokenOf('wrench'), options)).toMatch(/^201/);
  await world.hub.follow('wrench', tokenOf('wrench'));
  await journey.untilRunning(USERS);
  await journey.ask('GET', '/labs?status=running');

  const page = await openPage(world, { username: 'wrench', token: tokenOf('wrench') });
  expect(page.status).toBe(200);
  const servers = await eventually(
    async () => z.array(z.string()).parse(await (await administrate(world, 'users')).json()),
    ({ length }) => length === 2,
  );
  expect(servers).toEqual(['rachel', 'wrench']);
  kept['wrench'] = await journey.uidOfPod('wrench');
});

test('what remains when the controller has stopped, the original takes for its own', async () => {
  await journey.stopOurs();
  journey.handBack();
  journey.showPods();

  const seen = await readAsOriginal(world, 'lab');
  journey.transcript.say('# The original starts, and gives these addresses to the hub:');
  for (const [username, { phase, url }] of Object.entries(seen)) {
    expect(phase).toBe('Running');
    expect(await journey.uidOfPod(username)).toBe(kept[username]);
    journey.transcript.say(`${username}: ${url}`);
  }
  expect(Object.keys(seen)).toEqual(USERS);
  const { gafaelfawr } = stack.kubernetes.fileServerNamespaces;
  expect(await fileServersForOriginal(world, gafaelfawr)).toEqual(['rachel', 'wrench']);
});

test('labs that the original has replaced and begun meanwhile are adopted when the controller comes back', async () => {
  await world.cluster.send('DELETE', '/api/v1/namespaces/lab-ribbon');
  await eventually(
    () => world.cluster.send('GET', '/api/v1/namespaces/lab-ribbon'),
    ({ status }) => status === 404,
  );
  await aForeignLab(world, 'ribbon', withBehaviour('fast'));
  await aForeignLab(world, 'operator', withBehaviour('fast'));
  const users = ['operator', ...USERS];
  for (const username of ['ribbon', 'operator']) kept[username] = await journey.uidOfPod(username);
  journey.transcript.say(
    '# The original has replaced the lab of ribbon, begun one for operator, and been stopped again.',
  );

  await journey.startOurs(users);

  await journey.untilRunning(users);
  await journey.ask('GET', '/labs?status=running');
  const answers = await journey.endPolls();
  for (const username of users) {
    expect(answers[username]).toEqual(['no answer', 503, 200]);
    expect(await journey.uidOfPod(username)).toBe(kept[username]);
    expect(await world.hub.poll(username)).toBeNull();
  }
});

test('the documentation shows what these tests have seen', () => {
  const [documented] = blocksOf('### There and back', 'text');
  expect(documented).toBe(journey.transcript.text());
});
