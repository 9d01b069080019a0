import type { ControllerCommand, ControllerProcess } from '../../stack/controller';
import { eventually } from '../support/eventually';
import { patch, untilObject } from '../support/faults';
import type { Fault, PlacedFault } from '../support/faulty-api-server';
import {
  aFileServerWorld,
  aFileUser,
  deleteFiles,
  type FileServerEnd,
  type FileServerWorld,
  openFiles,
  openPage,
  phaseOf,
  podPathOf,
  settleFiles,
} from '../support/file-server-world';
import type { TestUser } from '../support/world';

/** A file server brought to one step of its life, and held there. */
interface HeldServer {
  readonly user: TestUser;
  readonly end: FileServerEnd;
  /** Settles with the status of the answer to the request under way, which only a lost API may leave out. */
  readonly answer: Promise<number>;
  readonly expected: number;
  /** Ends the hold, while the process is away. */
  readonly letGo: () => Promise<void>;
}

let world: FileServerWorld;
const running = new Map<ControllerCommand, ControllerProcess>();

beforeAll(async () => {
  // Pods wait until a test lets them run.
  world = await aFileServerWorld({ extraAnnotations: { 'stack.nublado.lsst.io/behaviour': 'waits' } });
  await Promise.all((['api', 'worker', 'watcher'] as const).map(start));
});

afterAll(() => world?.stop());

async function start(command: ControllerCommand): Promise<void> {
  running.set(command, await world.start(command));
}

const behave = async (user: TestUser, behaviour: string): Promise<void> =>
  patch(world, await podPathOf(world, user), {
    metadata: { annotations: { 'stack.nublado.lsst.io/behaviour': behaviour } },
  });

const statusOf = async (answer: Promise<Response>): Promise<number> => (await answer).status;

/** Lets the pod of a user run as soon as there is one. */
const run = (user: TestUser): void => void behave(user, 'fast').catch(() => undefined);

async function aRunningServer(): Promise<TestUser> {
  const user = await aFileUser(world);
  const opening = openFiles(world, user);
  await behave(user, 'fast');
  await opening;
  return user;
}

/** A creation that comes as far as one of its requests. */
async function creating(collection: string, kind: Fault['kind'] & ('requestHeld' | 'answerHeld')) {
  const user = await aFileUser(world);
  const target = { method: 'POST', url: new RegExp(`/${collection}(\\?|$)`), body: user.username };
  return creation(user, world.apiServer.place(target, { kind }, 1));
}

async function creation(user: TestUser, fault: PlacedFault): Promise<HeldServer> {
  const answer = statusOf(openPage(world, user));
  answer.catch(() => undefined);
  await fault.met;
  const letGo = async () => {
    fault.lift();
    run(user);
  };
  return { user, end: 'running', answer, expected: 200, letGo };
}

/** A file server whose deletion comes as far as one of its requests. */
async function deleting(collection: string, kind: Fault['kind'] & ('requestHeld' | 'answerHeld')) {
  const user = await aRunningServer();
  const target = { method: 'DELETE', url: new RegExp(`/${collection}/${user.username}-fs`) };
  const fault = world.apiServer.place(target, { kind }, 1);
  const answer = deleteFiles(world, user);
  answer.catch(() => undefined);
  await fault.met;
  return { user, end: 'gone', answer, expected: 204, letGo: async () => fault.lift() } as const;
}

const STEPS: Readonly<Record<string, () => Promise<HeldServer>>> = {
  'about to get its way in': () => creating('gafaelfawringresses', 'requestHeld'),
  'given a way in that is not recorded': () => creating('gafaelfawringresses', 'answerHeld'),
  'given a service that is not recorded': () => creating('services', 'answerHeld'),
  'given a job that is not recorded': () => creating('jobs', 'answerHeld'),
  'waiting for its pod to run': async () => {
    const user = await aFileUser(world);
    const answer = statusOf(openPage(world, user));
    answer.catch(() => undefined);
    await podPathOf(world, user);
    return { user, end: 'running', answer, expected: 200, letGo: () => behave(user, 'fast') };
  },
  running: async () => {
    const user = await aRunningServer();
    return { user, end: 'running', answer: Promise.resolve(0), expected: 0, letGo: async () => undefined };
  },
  'running, and ends meanwhile': async () => {
    const user = await aRunningServer();
    const letGo = () => behave(user, 'exit-0');
    return { user, end: 'gone', answer: Promise.resolve(0), expected: 0, letGo };
  },
  'about to lose its way in': () => deleting('gafaelfawringresses', 'requestHeld'),
  'without a service, which is not recorded': () => deleting('services', 'answerHeld'),
  'about to lose its job': () => deleting('jobs', 'requestHeld'),
  'waiting for its pod to end': async () => {
    const user = await aRunningServer();
    await behave(user, 'stuck-terminating');
    const pod = await podPathOf(world, user);
    const answer = deleteFiles(world, user);
    answer.catch(() => undefined);
    await untilObject(world, pod, ({ body }) => JSON.stringify(body).includes('"deletionTimestamp"'));
    return { user, end: 'gone', answer, expected: 204, letGo: () => behave(user, 'fast') };
  },
};

/** What becomes of the processes: killed and started again, or stopped beside a second one and continued at the end. */
type Interruption = 'killed' | 'stopped';

describe.each<[string, Interruption, readonly ControllerCommand[]]>([
  ['the worker', 'killed', ['worker']],
  ['the API', 'killed', ['api']],
  ['the watcher', 'killed', ['watcher']],
  ['everything', 'killed', ['api', 'worker', 'watcher']],
  ['the worker', 'stopped', ['worker']],
  ['the API', 'stopped', ['api']],
  ['the watcher', 'stopped', ['watcher']],
])('after %s was %s', (_victim, interruption, commands) => {
  const held = new Map<string, HeldServer>();
  const victims: ControllerProcess[] = [];

  beforeAll(async () => {
    await Promise.all(Object.entries(STEPS).map(async ([step, reach]) => held.set(step, await reach())));
    victims.push(...commands.flatMap((command) => running.get(command) ?? []));
    for (const { pid } of interruption === 'stopped' ? victims : []) process.kill(pid, 'SIGSTOP');
    if (interruption === 'killed') await Promise.all(victims.map((victim) => victim.kill('SIGKILL')));
    const letGo = Promise.all([...held.values()].map((server) => server.letGo()));
    await Promise.all(commands.map(start));
    await letGo;
  });

  afterAll(() => Promise.all(victims.map((victim) => victim.kill('SIGKILL'))));

  test.each(Object.keys(STEPS))('a file server that was %s is as it should be', async (step) => {
    const { answer, end, expected, user } = held.get(step) as HeldServer;

    await settleFiles(world, user, end);
    // Who waited is answered, except by an API that was lost.
    expect(commands.includes('api') ? expected : await answer).toBe(expected);
  });

  test('what was stopped changes nothing when it continues', async () => {
    for (const { pid } of interruption === 'stopped' ? victims : []) process.kill(pid, 'SIGCONT');
    // A file server that is made and removed after that: everything that was begun before has had its turn.
    const user = await aRunningServer();
    expect(await deleteFiles(world, user)).toBe(204);
    for (const server of held.values()) await settleFiles(world, server.user, server.end);
    expect(await phaseOf(world, user)).toBeNull();
    await Promise.all(
      [...held.values()]
        .filter(({ end }) => end === 'running')
        .map(async (server) => {
          await eventually(
            () => deleteFiles(world, server.user),
            (status) => status === 204 || status === 404,
          );
          await settleFiles(world, server.user, 'gone');
        }),
    );
  });
});

test('the life of a file server takes few writes', async () => {
  const user = await aFileUser(world);
  const own = new RegExp(`/${user.username}-fs(\\?|$)`);
  const before = world.apiServer.writes.length;
  const opening = openFiles(world, user);
  await behave(user, 'fast');
  await opening;
  const made = world.apiServer.writes.slice(before).length;
  await deleteFiles(world, user);
  const removed = world.apiServer.writes.filter(
    ({ url, method }) => method === 'DELETE' && own.test(url),
  ).length;

  expect(made).toBeLessThanOrEqual(5);
  expect(removed).toBeLessThanOrEqual(3);
});
