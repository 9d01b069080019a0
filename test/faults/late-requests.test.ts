import { z } from 'zod';
import { settle } from '../support/checker';
import {
  accept,
  aFaultyWorld,
  aRunningLab,
  type FaultyWorld,
  namespacePath,
  podPath,
  Viewer,
} from '../support/faults';
import type { Target } from '../support/faulty-api-server';
import type { TestUser } from '../support/world';

/**
 * The network loses touch with the API server: a request has been sent, its sender gives up and does the step once more,
 * the user starts the next lab, and then the network heals and the request arrives.
 */

let world: FaultyWorld;

beforeAll(async () => {
  world = await aFaultyWorld({ timeouts: { kubernetesRequest: '6s' } });
  await Promise.all((['api', 'worker', 'watcher'] as const).map((command) => world.start(command)));
});

afterAll(() => world.stop());

const stop = ({ username }: TestUser) => world.hub.stop(username);
const force = ({ username }: TestUser) =>
  world.temporal.workflow.getHandle(`lab-${username}`).signal('forceShutdown', {});

const podOf = ({ username }: TestUser) => new RegExp(`/lab-${username}/pods/${username}-nb(\\?|$)`);
const namespaceOf = ({ username }: TestUser) => new RegExp(`/namespaces/lab-${username}(\\?|$)`);
const creationOf = ({ username }: TestUser, collection: string): Target =>
  collection === 'namespaces'
    ? { method: 'POST', url: /\/namespaces(\?|$)/, body: `lab-${username}` }
    : { method: 'POST', url: new RegExp(`/lab-${username}/${collection}(\\?|$)`) };

const identified = z.object({
  metadata: z.object({ uid: z.string(), labels: z.record(z.string(), z.string()) }),
});

async function metadataAt(path: string) {
  return identified.parse((await world.cluster.send('GET', path)).body).metadata;
}

const uidsOf = async (user: TestUser) => [
  (await metadataAt(namespacePath(user))).uid,
  (await metadataAt(podPath(user))).uid,
];

async function startLab(user: TestUser): Promise<void> {
  const viewer = new Viewer(world, user);
  await accept(world, user);
  await viewer.watchToTheEnd();
  await settle(world, { [user.username]: 'running' });
}

test.each<[string, (user: TestUser) => Target, (user: TestUser) => Promise<unknown>]>([
  ['a pod', (user) => ({ method: 'DELETE', url: podOf(user) }), stop],
  ['a pod without grace', (user) => ({ method: 'DELETE', url: podOf(user) }), force],
  ['a namespace', (user) => ({ method: 'DELETE', url: namespaceOf(user) }), stop],
])('a late deletion of %s does not touch the next lab', async (_, target, end) => {
  const user = await aRunningLab(world);
  const late = world.apiServer.place(target(user), { kind: 'requestLate' }, 1);
  await end(user);
  await late.abandoned;
  await settle(world, { [user.username]: 'gone' });
  await startLab(user);
  const before = await uidsOf(user);
  late.lift();

  expect(await late.answered).toBe(409);
  expect(await uidsOf(user)).toEqual(before);
  await expect(settle(world, { [user.username]: 'running' })).resolves.toBeUndefined();
});

test.each(['pods', 'configmaps', 'secrets'])(
  'the lab does not take late %s of an earlier spawn for its own',
  async (collection) => {
    const user = await world.aUser();
    const late = world.apiServer.place(creationOf(user, collection), { kind: 'requestLate' }, 1);
    await startLab(user);
    await late.abandoned;
    await stop(user);
    await settle(world, { [user.username]: 'gone' });

    const held = world.apiServer.place(creationOf(user, collection), { kind: 'requestHeld' }, 1);
    const viewer = new Viewer(world, user);
    await accept(world, user);
    await held.met;
    late.lift();
    expect(await late.answered).toBe(201);
    held.lift();
    await viewer.watchToTheEnd();

    expect(viewer.seen.at(-1)).toMatchObject({ event: 'complete' });
    await settle(world, { [user.username]: 'running' });
    const [namespace, pod] = await Promise.all([metadataAt(namespacePath(user)), metadataAt(podPath(user))]);
    expect(pod.labels['nublado.lsst.io/spawn-id']).toBe(namespace.labels['nublado.lsst.io/spawn-id']);
  },
);
