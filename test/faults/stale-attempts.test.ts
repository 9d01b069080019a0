import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { prepullPodName } from '../../src/domain/prepull';
import { wantPulls } from '../../src/workflow-clients/prepull';
import type { ControllerProcess } from '../../stack/controller';
import { settle } from '../support/checker';
import { eventually } from '../support/eventually';
import {
  accept,
  aFaultyWorld,
  aRunningLab,
  type FaultyWorld,
  namespacePath,
  podPath,
  untilObject,
  Viewer,
} from '../support/faults';
import {
  type Fault,
  type FaultyApiServer,
  type PlacedFault,
  startFaultyApiServer,
  type Target,
} from '../support/faulty-api-server';
import type { TestUser } from '../support/world';

/**
 * A worker is stopped (SIGSTOP) in the middle of a step, another one carries the step out, and the user starts the next
 * lab. Then what the first worker has sent arrives, and the worker goes on (SIGCONT).
 */

let world: FaultyWorld;
/** The first worker's own way to the API server. */
let firstWay: FaultyApiServer;

const podOf = ({ username }: TestUser) => new RegExp(`/lab-${username}/pods/${username}-nb(\\?|$)`);
const namespaceOf = ({ username }: TestUser) => new RegExp(`/namespaces/lab-${username}(\\?|$)`);

interface Step {
  /** What the first worker is about to send, or has just got the answer to. */
  readonly target: (user: TestUser) => Target;
  readonly fault: Extract<Fault['kind'], 'requestHeld' | 'answerHeld'>;
  /** What makes the worker take the step; a creation otherwise. */
  readonly end?: (user: TestUser) => Promise<unknown>;
}

const stop = ({ username }: TestUser) => world.hub.stop(username);
const force = ({ username }: TestUser) =>
  world.temporal.workflow.getHandle(`lab-${username}`).signal('forceShutdown', {});

const STEPS: Readonly<Record<string, Step>> = {
  'asked for the deletion of a pod': {
    target: (user) => ({ method: 'DELETE', url: podOf(user) }),
    fault: 'requestHeld',
    end: stop,
  },
  'asked for the deletion of a pod without grace': {
    target: (user) => ({ method: 'DELETE', url: podOf(user) }),
    fault: 'requestHeld',
    end: force,
  },
  'asked for the deletion of a namespace': {
    target: (user) => ({ method: 'DELETE', url: namespaceOf(user) }),
    fault: 'requestHeld',
    end: stop,
  },
  'looked at a namespace that it was to delete': {
    target: (user) => ({ method: 'GET', url: namespaceOf(user) }),
    fault: 'answerHeld',
    end: stop,
  },
  'asked for a namespace': {
    target: ({ username }) => ({ method: 'POST', url: /\/namespaces(\?|$)/, body: `lab-${username}` }),
    fault: 'requestHeld',
  },
  'created some of the objects': {
    target: ({ username }) => ({ method: 'POST', url: new RegExp(`/lab-${username}/configmaps`) }),
    fault: 'answerHeld',
  },
  'asked for a pod': {
    target: ({ username }) => ({ method: 'POST', url: new RegExp(`/lab-${username}/pods`) }),
    fault: 'requestHeld',
  },
};

const identified = z.object({ metadata: z.object({ uid: z.string() }) });

async function uidAt(path: string): Promise<string | null> {
  const { status, body } = await world.cluster.send('GET', path);
  return status === 200 ? identified.parse(body).metadata.uid : null;
}

const uidsOf = async (user: TestUser) => [await uidAt(namespacePath(user)), await uidAt(podPath(user))];

async function startLab(user: TestUser): Promise<void> {
  const viewer = new Viewer(world, user);
  await accept(world, user);
  await viewer.watchToTheEnd();
  await settle(world, { [user.username]: 'running' });
}

/** Waits for the end of the lab that is on its way out, and starts the next one. */
async function nextLab(user: TestUser): Promise<void> {
  await settle(world, { [user.username]: 'gone' });
  await startLab(user);
}

/** One user's lab, held in a step of the first worker. */
interface HeldStep {
  readonly user: TestUser;
  readonly fault: PlacedFault;
  /** Brings the user to the next lab, by the second worker. */
  readonly goOn: () => Promise<void>;
}

/** A user for a step, with a running lab where that is to end. */
const userFor = ({ end }: Step): Promise<TestUser> => (end ? aRunningLab(world) : world.aUser());

/** Lets the first worker take a step. */
async function holdStep({ target, fault: kind, end }: Step, user: TestUser): Promise<HeldStep> {
  const fault = firstWay.place(target(user), { kind }, 1);
  const ended = end?.(user).catch(() => undefined);
  if (!end) await accept(world, user);
  await fault.met;
  const goOn = async () => {
    if (!end) {
      await new Viewer(world, user).watchToTheEnd();
      await stop(user);
    }
    await ended;
    await nextLab(user);
  };
  return { user, fault, goOn };
}

/** A namespace without a lab, which the first worker's pass of reconciliation is about to remove. */
async function holdReconciliation(): Promise<HeldStep> {
  const user = await world.aUser();
  const { username } = user;
  const fault = firstWay.place({ method: 'DELETE', url: namespaceOf(user) }, { kind: 'requestHeld' }, 1);
  const labels = { 'nublado.lsst.io/category': 'lab', 'nublado.lsst.io/user': username };
  await world.cluster.send('POST', '/api/v1/namespaces', { metadata: { name: `lab-${username}`, labels } });
  await eventually(
    async () => {
      const workflowId = `reconcile-${randomBytes(4).toString('hex')}`;
      const pass = await world.temporal.workflow.start('reconcile', { workflowId, taskQueue: 'controller' });
      await Promise.race([pass.result().catch(() => undefined), fault.met]);
      return fault.count();
    },
    (count) => count > 0,
  );
  return { user, fault, goOn: () => startLab(user) };
}

/** Says that a node lacks an image, until its pod is there. */
async function pullImage(path: string): Promise<string> {
  const [node = ''] = world.stack.kubernetes.nodes;
  const digest = 'sha256:a1';
  const pull = { node, tag: TAG, digest, reference: `registry.example.com/lab:${TAG}@${digest}`, name: TAG };
  const settings = {
    bound: 1,
    timeoutMs: 600_000,
    retryMs: 3_600_000,
    maxRetryMs: 3_600_000,
    tolerations: [],
    pullSecret: null,
    namespace: world.stack.kubernetes.controllerNamespace,
  };
  return eventually(
    async () => {
      await wantPulls(world.temporal, { pulls: [pull], settings });
      return (await uidAt(path)) ?? '';
    },
    (uid) => uid !== '',
  );
}

const TAG = 'pulled';

describe('a worker that was stopped', () => {
  const held = new Map<string, HeldStep>();
  const before = new Map<string, readonly (string | null)[]>();
  const sentSince = new Map<string, readonly PlacedFault[]>();
  let pullPath: string;
  let pull: PlacedFault;
  let nextPull: string;
  let leftPull: string | null;

  beforeAll(async () => {
    world = await aFaultyWorld({ timeouts: { kubernetesRequest: '1m', reconcileGrace: '1s' } });
    const { kubernetes } = world.stack;
    const file = join(world.stack.directory, 'first.kubeconfig');
    firstWay = await startFaultyApiServer(kubernetes.controllerKubeconfig, file);
    const [first] = await Promise.all([
      world.start('worker', { KUBECONFIG: firstWay.kubeconfig }),
      world.start('api'),
      world.start('watcher'),
    ]);
    const pods = `/api/v1/namespaces/${kubernetes.controllerNamespace}/pods`;
    pullPath = `${pods}/${prepullPodName(TAG, kubernetes.nodes[0] ?? '')}`;
    const ofPull = { method: 'DELETE', url: new RegExp(`${pullPath}(\\?|$)`) };
    pull = firstWay.place(ofPull, { kind: 'requestHeld' }, 1);

    const users = await Promise.all(Object.values(STEPS).map(userFor));
    await Promise.all([
      ...Object.entries(STEPS).map(async ([name, step], index) =>
        held.set(name, await holdStep(step, users[index] as TestUser)),
      ),
      holdReconciliation().then((step) => held.set('asked for the removal of what is left', step)),
      pullImage(pullPath).then(() => pull.met),
    ]);
    process.kill(first.pid, 'SIGSTOP');

    const second = await world.start('worker');
    await Promise.all([...held.values()].map(({ goOn }) => goOn()));
    await untilObject(world, pullPath, ({ status }) => status === 404);
    const secondPull = world.apiServer.place(ofPull, { kind: 'requestHeld' });
    nextPull = await pullImage(pullPath);
    for (const [name, { user }] of held) before.set(name, await uidsOf(user));

    for (const { fault } of held.values()) fault.lift();
    pull.lift();
    await Promise.all(
      [pull, ...[...held.values()].map(({ fault }) => fault)].map(({ answered }) => answered),
    );
    for (const [name, { user }] of held) sentSince.set(name, changesBy(firstWay, user));
    // Before any worker can remove it in its turn: the pod may have pulled its image by now.
    leftPull = await uidAt(pullPath);
    process.kill(first.pid, 'SIGCONT');
    await untilAtWork(second);
    secondPull.lift();
  });

  afterAll(async () => {
    await world.stop();
    firstWay.close();
  });

  /** Everything that changes a user's objects, from now on. */
  function changesBy(way: FaultyApiServer, { username }: TestUser): readonly PlacedFault[] {
    const url = new RegExp(`/lab-${username}(/|\\?|$)`);
    const refusal: Fault = { kind: 'answer', status: 500, reason: 'InternalError' };
    return ['POST', 'DELETE'].map((method) => way.place({ method, url }, refusal));
  }

  /** Waits until the first worker does all work alone, and so has come to an end with what it had begun. */
  async function untilAtWork(second: ControllerProcess): Promise<void> {
    await second.kill('SIGTERM');
    const user = await world.aUser();
    await startLab(user);
    await stop(user);
    await settle(world, { [user.username]: 'gone' });
  }

  test.each([...Object.keys(STEPS), 'asked for the removal of what is left'])(
    'a worker that was stopped when it had %s, touches nothing of the next lab',
    async (name) => {
      const { user } = held.get(name) as HeldStep;

      expect(await uidsOf(user)).toEqual(before.get(name));
      expect(before.get(name)).not.toContain(null);
      await expect(settle(world, { [user.username]: 'running' })).resolves.toBeUndefined();
    },
  );

  test.each(Object.keys(STEPS))(
    'a worker that was stopped when it had %s, sends nothing about it any more',
    (name) => {
      expect(sentSince.get(name)?.map((fault) => fault.count())).toEqual([0, 0]);
    },
  );

  test('a worker that was stopped when it had asked for the deletion of a pod that pulls an image, leaves that of the next pull', async () => {
    expect(await pull.answered).toBe(409);
    expect(leftPull).toBe(nextPull);
  });
});
