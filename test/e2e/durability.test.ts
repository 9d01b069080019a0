import type { ControllerProcess } from '../../stack/controller';
import type { HubProgress } from '../../stack/hub-client';
import { aWorld, formFor, type World } from '../support/world';

let world: World;
let worker: ControllerProcess;

beforeAll(async () => {
  world = await aWorld();
  [worker] = await Promise.all([world.start('worker'), world.start('api'), world.start('watcher')]);
});

afterAll(() => world.stop());

test('a worker killed in mid-spawn and restarted finishes that spawn while the stream goes on', async () => {
  const { username, token } = await world.aUser();
  const seen: HubProgress[] = [];
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();

  const spawned = world.hub.start(username, token, {
    options: formFor('slow'),
    onProgress(progress) {
      seen.push(progress);
      if (progress.progress === 30) begin();
    },
  });
  await begun;
  await worker.kill('SIGKILL');
  const successor = await world.start('worker');
  await spawned;

  expect(seen.at(-1)).toMatchObject({ event: 'complete' });
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  expect((await world.hub.read(username)).status).toBe('running');
  await successor.kill('SIGTERM');
});

test('a spawn is accepted while no worker runs, and carried out by the next one', async () => {
  const { username, token } = await world.aUser();

  const answer = await world.hub.create(username, token, { options: formFor('fast') });

  expect(answer.status).toBe(201);
  expect((await world.hub.read(username)).status).toBe('pending');
  const worker = await world.start('worker');
  await world.hub.follow(username, token);
  expect((await world.hub.read(username)).status).toBe('running');
  await worker.kill('SIGTERM');
});
