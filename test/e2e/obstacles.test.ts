import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { LabRecord } from '../../src/domain/lab';
import { startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { accept, aRunningLab, namespacePath, patch, podPath, Viewer } from '../support/faults';
import { type TestUser, type World, worldOn } from '../support/world';

/** What stands in the way of real namespaces and pods. On a stack of its own: an API that is away concerns everybody. */

const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';

let world: World;

beforeAll(async () => {
  const stack = await startStack({ name: `e2e-${randomBytes(4).toString('hex')}` });
  world = await worldOn(stack, { configFile: join(__dirname, '../data/e2e/obstacles.yaml') }, ['serve']);
});

afterAll(() => world.stop());

async function recordOf({ username }: TestUser): Promise<LabRecord> {
  const { memo } = await world.temporal.workflow.getHandle(`lab-${username}`).describe();
  return memo?.['lab'] as LabRecord;
}

/** Spawns a lab and follows it to its end; gives the messages. */
async function spawn(user: TestUser): Promise<string[]> {
  await accept(world, user);
  const viewer = new Viewer(world, user);
  await viewer.watchToTheEnd();
  return viewer.seen.map(({ message }) => message);
}

/** Spawns until a spawn succeeds, as a user does after the repair. */
const untilSpawned = (user: TestUser) =>
  eventually(
    () => spawn(user),
    (messages) => messages.at(-1)?.includes('pod started') === true,
  );

test('a namespace that waits for an unavailable API is an obstacle of the next spawn, which goes on after the repair', async () => {
  const user = await aRunningLab(world);
  const group = 'away.example.com';
  const apiService = {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `v1.${group}` },
    spec: {
      group,
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { name: 'nothing', namespace: 'kube-system' },
    },
  };
  expect((await world.cluster.send('POST', API_SERVICES, apiService)).status).toBe(201);
  await eventually(
    async () => JSON.stringify((await world.cluster.send('GET', `${API_SERVICES}/v1.${group}`)).body),
    (body) => body.includes('ServiceNotFound'),
  );
  await world.hub.stop(user.username);
  const messages = await spawn(user);

  const words = expect.stringMatching(
    /^Namespace .* cannot go while APIs of the cluster are away: .*away\.example\.com\/v1.*An operator has to/,
  );
  expect(messages.slice(-3)).toEqual([words, words, 'Lab spawn failed']);
  expect(await recordOf(user)).toMatchObject({ failure: { reason: 'NamespaceStuck', message: words } });

  await world.cluster.send('DELETE', `${API_SERVICES}/v1.${group}`);
  await untilSpawned(user);
}, 240_000);

test('a finalizer that keeps a namespace is named', async () => {
  const user = await aRunningLab(world);
  const held = `${namespacePath(user)}/configmaps/held`;
  await world.cluster.send('POST', `${namespacePath(user)}/configmaps`, {
    metadata: { name: 'held', finalizers: ['example.com/hold'] },
  });
  await world.hub.stop(user.username);
  const messages = await spawn(user);

  expect(messages.slice(-3)).toEqual([
    expect.stringContaining('is kept by finalizer example.com/hold in 1 resource instances'),
    expect.stringContaining('configmaps. has 1 resource instances'),
    'Lab spawn failed',
  ]);
  await patch(world, held, { metadata: { finalizers: null } });
  await untilSpawned(user);
}, 240_000);

test('a pod on a lost node is an obstacle, and is removed without the node once patience is over', async () => {
  const user = await aRunningLab(world, 'stuck-terminating');
  // As the node controller marks it.
  const conditions = [
    { type: 'Ready', status: 'False', reason: null },
    { type: 'ContainersReady', status: 'True' },
  ];
  const answer = await world.cluster.send(
    'PATCH',
    `${podPath(user)}/status`,
    { status: { conditions } },
    'application/strategic-merge-patch+json',
  );
  expect(answer.status).toBe(200);
  const deletion = world.hub.stop(user.username);
  const { obstacle } = await eventually(
    () => recordOf(user),
    (record) => record.obstacle !== undefined,
  );

  expect(obstacle).toMatch(/^Node .* of the lab cannot be reached, so its pod does not end\./);
  await expect(deletion).resolves.toBeUndefined();
  expect((await world.cluster.send('GET', podPath(user))).status).toBe(404);
}, 120_000);
