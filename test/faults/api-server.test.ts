import { settle } from '../support/checker';
import { eventually } from '../support/eventually';
import {
  accept,
  aFaultyWorld,
  aRunningLab,
  behave,
  type FaultyWorld,
  madeTwice,
  Viewer,
} from '../support/faults';
import type { Fault } from '../support/faulty-api-server';
import type { TestUser } from '../support/world';

let world: FaultyWorld;

beforeAll(async () => {
  world = await aFaultyWorld();
  await Promise.all((['api', 'worker', 'watcher'] as const).map((command) => world.start(command)));
});

afterAll(() => world.stop());

const PODS = /^\/api\/v1\/pods\?/;
const answer = (status: number, reason?: string, headers?: Record<string, string>): Fault => ({
  kind: 'answer',
  status,
  reason,
  headers,
});

const PASSING: Readonly<Record<string, Fault>> = {
  'a reset connection': { kind: 'reset' },
  'a reset connection after the work': { kind: 'answerLost' },
  '429 with Retry-After': answer(429, 'TooManyRequests', { 'retry-after': '1' }),
  '500': answer(500, 'InternalError'),
  '503': answer(503, 'ServiceUnavailable'),
  '401 of a token that is being rotated': answer(401, 'Unauthorized'),
};

/** Starts all cases of a description together; each test then looks at how its own went. */
function together(names: readonly string[], run: (name: string) => Promise<object>) {
  const underWay = new Map<string, Promise<object>>();
  beforeAll(() => {
    for (const name of names) underWay.set(name, run(name));
    return Promise.allSettled(underWay.values());
  });
  return (name: string) => underWay.get(name);
}

describe.each(['namespaces', 'secrets', 'pods'])('while %s are created,', (collection) => {
  const outcome = together(Object.keys(PASSING), async (name) => {
    const user = await world.aUser();
    const viewer = new Viewer(world, user);
    const path = collection === 'namespaces' ? '/v1/namespaces' : `/lab-${user.username}/${collection}`;
    const target = { method: 'POST', url: new RegExp(`${path}(\\?|$)`), body: user.username };
    const fault = world.apiServer.place(target, PASSING[name] as Fault, 1);

    await accept(world, user);
    await viewer.watchToTheEnd();

    await settle(world, { [user.username]: 'running' });
    return { met: fault.count(), flaws: viewer.flaws, madeTwice: madeTwice(world, user) };
  });

  test.each(Object.keys(PASSING))('%s while objects are created delays a spawn and no more', async (name) => {
    expect(await outcome(name)).toEqual({ met: 1, flaws: [], madeTwice: [] });
  });
});

describe.each(['pods', 'namespaces'])('while a deletion of %s is asked for,', (collection) => {
  const outcome = together(Object.keys(PASSING), async (name) => {
    const { username } = await aRunningLab(world);
    const path = collection === 'pods' ? `/pods/${username}-nb` : `/namespaces/lab-${username}`;
    const target = { method: 'DELETE', url: new RegExp(`${path}(\\?|$)`) };
    const fault = world.apiServer.place(target, PASSING[name] as Fault, 1);

    await world.hub.stop(username);
    await fault.met;

    const exit = await world.hub.poll(username);
    await settle(world, { [username]: 'gone' });
    return { met: fault.count(), exit };
  });

  test.each(Object.keys(PASSING))('%s while a deletion is asked for delays it and no more', async (name) => {
    expect(await outcome(name)).toEqual({ met: 1, exit: 0 });
  });
});

test.each<[string, Fault, string]>([
  [
    '403 exceeded quota',
    {
      kind: 'answer',
      status: 403,
      reason: 'Forbidden',
      message: 'pods "x" is forbidden: exceeded quota: lab',
    },
    'QuotaExceeded',
  ],
  ['403 of a missing permission', answer(403, 'Forbidden'), 'KubernetesForbidden'],
  ['422', answer(422, 'Invalid'), 'KubernetesInvalid'],
])('%s fails the spawn at once, with its reason', async (_name, fault, reason) => {
  const user = await world.aUser();
  const { username } = user;
  const viewer = new Viewer(world, user);
  world.apiServer.place({ method: 'POST', url: new RegExp(`/lab-${username}/pods`) }, fault);

  await accept(world, user);
  await viewer.watchToTheEnd();

  expect(viewer.seen.at(-1)).toMatchObject({ event: 'failed' });
  expect((await world.hub.read(username)).failure?.reason).toBe(reason);
  await settle(world, { [username]: 'failed' });
});

/** Resolves once a lab is known to have ended: by the watcher, since the slow check comes after minutes. */
const untilEnded = ({ username }: TestUser) =>
  eventually(
    () => world.hub.poll(username),
    (exit) => exit !== null,
  );

/** What can happen to the watch of pods that is open. */
const ON_WATCHES: Readonly<Record<string, () => number>> = {
  'cut off': () => world.apiServer.cutWatches(PODS),
  'told that its version has expired': () =>
    world.apiServer.writeOnWatches(
      PODS,
      `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' } })}\n`,
    ),
  'sent garbage': () => world.apiServer.writeOnWatches(PODS, '<html>gateway</html>\n'),
  'sent an event of no known type': () =>
    world.apiServer.writeOnWatches(PODS, '{"type":"SURPRISE","object":{}}\n'),
  'sent an error of the server': () =>
    world.apiServer.writeOnWatches(
      PODS,
      `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 500, reason: 'InternalError' } })}\n`,
    ),
};

test.each(Object.keys(ON_WATCHES))('a watch that is %s goes on telling labs what happens', async (name) => {
  const running = await aRunningLab(world);

  expect(ON_WATCHES[name]?.()).toBeGreaterThan(0);
  await behave(world, running, 'exit-0');

  await expect(untilEnded(running)).resolves.toBe(0);
});

test.each<[string, Fault]>([
  ['410', answer(410, 'Expired')],
  ['500', answer(500, 'InternalError')],
  ['429', answer(429, 'TooManyRequests', { 'retry-after': '1' })],
  ['403', answer(403, 'Forbidden')],
  ['404', answer(404, 'NotFound')],
  ['400', answer(400, 'BadRequest')],
])('a watch that is refused with %s for a while comes back', async (_name, refusal) => {
  const running = await aRunningLab(world);
  const fault = world.apiServer.place({ method: 'GET', url: /^\/api\/v1\/pods\?.*watch=true/ }, refusal, 2);

  world.apiServer.cutWatches(PODS);
  await fault.met;
  await behave(world, running, 'exit-0');

  await expect(untilEnded(running)).resolves.toBe(0);
});
