import { settle } from '../support/checker';
import { accept, aFaultyWorld, aRunningLab, behave, type FaultyWorld, untilStatus } from '../support/faults';

/** No watcher runs at all: labs learn only what they read themselves. */
let world: FaultyWorld;

beforeAll(async () => {
  const timeouts = { spawnCheck: '1s', runCheck: '1s', deleteCheck: '1s' };
  world = await aFaultyWorld({ timeouts });
  await Promise.all((['api', 'worker'] as const).map((command) => world.start(command)));
});

afterAll(() => world.stop());

test('labs start, and are shut down, without a watcher', async () => {
  const user = await aRunningLab(world);

  await world.hub.stop(user.username);
  await expect(settle(world, { [user.username]: 'gone' })).resolves.toBeUndefined();
});

test('a lab that cannot start has the reason', async () => {
  const user = await world.aUser();
  await accept(world, user, 'invalid-image');
  await untilStatus(world, user, 'failed');

  expect((await world.hub.read(user.username)).failure?.reason).toBe('InvalidImage');
});

test('the end of a running lab by itself is detected', async () => {
  const user = await aRunningLab(world);
  await behave(world, user, 'exit-0');

  await expect(settle(world, { [user.username]: 'gone' })).resolves.toBeUndefined();
});
