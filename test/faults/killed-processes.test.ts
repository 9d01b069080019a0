import type { ControllerCommand, ControllerProcess } from '../../stack/controller';
import { settle } from '../support/checker';
import {
  accept,
  aFaultyWorld,
  aRunningLab,
  behave,
  type FaultyWorld,
  madeTwice,
  namespacePath,
  patch,
  podPath,
  untilObject,
  Viewer,
} from '../support/faults';
import type { Fault, PlacedFault } from '../support/faulty-api-server';
import type { TestUser } from '../support/world';

/** A lab brought to one step of its life, and held there. */
interface HeldLab {
  readonly user: TestUser;
  readonly end: 'running' | 'gone';
  /** Follows the spawn to its end; null when there is none under way. */
  readonly viewer: Viewer | null;
  readonly streaming: Promise<void>;
  /** Settles with the answer to a deletion under way. */
  readonly deletion: Promise<unknown>;
  /** Ends the hold, while the killed process is away. */
  readonly letGo: () => Promise<void>;
}

let world: FaultyWorld;
const running = new Map<ControllerCommand, ControllerProcess>();

beforeAll(async () => {
  world = await aFaultyWorld();
  await Promise.all((['api', 'worker', 'watcher'] as const).map(start));
});

afterAll(() => world.stop());

async function start(command: ControllerCommand): Promise<void> {
  running.set(command, await world.start(command));
}

const held = (fault: PlacedFault) => async () => fault.lift();

async function spawning(
  behaviour: string,
  isReached: (user: TestUser, viewer: Viewer) => Promise<() => Promise<void>>,
): Promise<HeldLab> {
  const user = await world.aUser();
  const viewer = new Viewer(world, user);
  const reached = isReached(user, viewer);
  await accept(world, user, behaviour);
  const streaming = viewer.watchToTheEnd();
  streaming.catch(() => undefined);
  return { user, end: 'running', viewer, streaming, deletion: Promise.resolve(), letGo: await reached };
}

/** A spawn that comes as far as one of its creations. */
function creating(
  collection: string,
  kind: Fault['kind'] & ('requestHeld' | 'answerHeld'),
): Promise<HeldLab> {
  return spawning('fast', async ({ username }) => {
    const target =
      collection === 'namespaces'
        ? { method: 'POST', url: /^\/api\/v1\/namespaces(\?|$)/, body: `lab-${username}` }
        : { method: 'POST', url: new RegExp(`/lab-${username}/${collection}`) };
    const fault = world.apiServer.place(target, { kind }, 1);
    await fault.met;
    return held(fault);
  });
}

/** A lab whose deletion, asked for by the hub, comes as far as `isReached`. */
async function ending(
  isReached: (user: TestUser) => Promise<() => Promise<void>>,
  behaviour = 'fast',
  prepare: (user: TestUser) => Promise<void> = async () => undefined,
): Promise<HeldLab> {
  const user = await aRunningLab(world, behaviour);
  await prepare(user);
  const reached = isReached(user);
  const deletion = world.hub.stop(user.username);
  deletion.catch(() => undefined);
  const letGo = await reached;
  return { user, end: 'gone', viewer: null, streaming: Promise.resolve(), deletion, letGo };
}

const isBeingDeleted = ({ body }: { body: unknown }) => JSON.stringify(body).includes('"deletionTimestamp"');

const STEPS: Readonly<Record<string, () => Promise<HeldLab>>> = {
  'about to get its namespace': () => creating('namespaces', 'requestHeld'),
  'given a namespace that is not recorded': () => creating('namespaces', 'answerHeld'),
  'in the middle of its objects': () => creating('secrets', 'answerHeld'),
  'given a pod that is not recorded': () => creating('pods', 'answerHeld'),
  'waiting for its pod to run': () =>
    spawning('waits', async (user) => {
      await untilObject(world, podPath(user), ({ status }) => status === 200);
      return () => behave(world, user, 'fast');
    }),
  running: async () => {
    const user = await aRunningLab(world);
    const nothing = Promise.resolve();
    const letGo = async () => undefined;
    return { user, end: 'running', viewer: null, streaming: nothing, deletion: nothing, letGo };
  },
  'running, and ends meanwhile': async () => {
    const user = await aRunningLab(world);
    const nothing = Promise.resolve();
    const letGo = () => behave(world, user, 'exit-0');
    return { user, end: 'gone', viewer: null, streaming: nothing, deletion: nothing, letGo };
  },
  'about to lose its pod': () =>
    ending(async ({ username }) => {
      const url = new RegExp(`/pods/${username}-nb`);
      const fault = world.apiServer.place({ method: 'DELETE', url }, { kind: 'requestHeld' }, 1);
      await fault.met;
      return held(fault);
    }),
  'waiting for its pod to end': () =>
    ending(async (user) => {
      await untilObject(world, podPath(user), isBeingDeleted);
      return () => behave(world, user, 'fast');
    }, 'stuck-terminating'),
  'waiting for its namespace to go': () =>
    ending(
      async (user) => {
        await untilObject(world, namespacePath(user), isBeingDeleted);
        return () => patch(world, namespacePath(user), { metadata: { finalizers: null } });
      },
      'fast',
      (user) => patch(world, namespacePath(user), { metadata: { finalizers: ['example.com/hold'] } }),
    ),
};

describe.each<[string, readonly ControllerCommand[]]>([
  ['the worker', ['worker']],
  ['the API', ['api']],
  ['the watcher', ['watcher']],
  ['everything', ['api', 'worker', 'watcher']],
])('after %s was killed and started again,', (_victim, commands) => {
  const labs = new Map<string, HeldLab>();

  beforeAll(async () => {
    await Promise.all(Object.entries(STEPS).map(async ([step, reach]) => labs.set(step, await reach())));
    await Promise.all(commands.map(async (command) => running.get(command)?.kill('SIGKILL')));
    await Promise.all([...labs.values()].map(({ letGo }) => letGo()));
    await Promise.all(commands.map(start));
  });

  test.each(Object.keys(STEPS))(
    'a lab that was %s is as it should be after a process was killed and started again',
    async (step) => {
      const { user, end, viewer, streaming, deletion } = labs.get(step) as HeldLab;

      await settle(world, { [user.username]: end });

      expect(madeTwice(world, user)).toEqual([]);
      await streaming;
      expect(viewer?.flaws ?? []).toEqual([]);
      // Who waited for a deletion is answered, except by an API that is no more.
      if (!commands.includes('api')) await deletion;
    },
  );
});
