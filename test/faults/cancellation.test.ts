import { settle } from '../support/checker';
import { accept, aFaultyWorld, aRunningLab, type FaultyWorld } from '../support/faults';

/** A request may take as long as it likes: only a cancellation ends it. */
let world: FaultyWorld;

beforeAll(async () => {
  world = await aFaultyWorld({ timeouts: { kubernetesRequest: '10m' } });
  await Promise.all((['api', 'worker', 'watcher'] as const).map((command) => world.start(command)));
});

afterAll(() => world.stop());

test.each(['namespaces', 'pods'])('a deletion ends the stalled creation of %s', async (collection) => {
  const user = await world.aUser();
  const target = { method: 'POST', url: new RegExp(`/${collection}(\\?|$)`), body: user.username };
  const fault = world.apiServer.place(target, { kind: 'requestHeld' });
  await accept(world, user);
  await fault.met;

  const deletion = world.hub.stop(user.username);
  await fault.abandoned;
  fault.lift();

  await deletion;
  await expect(settle(world, { [user.username]: 'gone' })).resolves.toBeUndefined();
});

test('force ends a stalled deletion', async () => {
  const user = await aRunningLab(world);
  const target = { method: 'DELETE', url: new RegExp(`/pods/${user.username}-nb`) };
  const fault = world.apiServer.place(target, { kind: 'requestHeld' }, 1);
  const deletion = world.hub.stop(user.username);
  await fault.met;

  await world.temporal.workflow.getHandle(`lab-${user.username}`).signal('forceShutdown', {});
  await fault.abandoned;

  await deletion;
  await expect(settle(world, { [user.username]: 'gone' })).resolves.toBeUndefined();
});
