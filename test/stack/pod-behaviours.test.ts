import { AFTER_ANNOTATION, BEHAVIOUR_ANNOTATION, type Behaviour } from '../../stack/kubelet/behaviours';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import { eventually } from '../support/eventually';
import { theStack } from '../support/stack';
import { createPodNamespace, type Pod, type PodNamespace } from './pods';

let api: KubernetesApi;
let pods: PodNamespace;

beforeAll(async () => {
  api = kubernetesApi(theStack().kubernetes.adminKubeconfig);
  pods = await createPodNamespace(api);
});

afterAll(async () => {
  await pods.delete();
  api.close();
});

const behaving = (behaviour: Behaviour, after?: string) => ({
  annotations: {
    [BEHAVIOUR_ANNOTATION]: behaviour,
    ...(after ? { [AFTER_ANNOTATION]: after } : {}),
  },
});

function phaseBecomes(name: string, phase: string): Promise<Pod | undefined> {
  return eventually(
    () => pods.read(name),
    (pod) => pod?.status.phase === phase,
  );
}

function containerReaches(
  name: string,
  isReached: (status: ContainerStatus) => boolean,
): Promise<Pod | undefined> {
  return eventually(
    () => pods.read(name),
    (pod) => {
      const status = pod?.status.containerStatuses[0];
      return status !== undefined && isReached(status);
    },
  );
}

type ContainerStatus = Pod['status']['containerStatuses'][number];

async function isGone(name: string): Promise<boolean> {
  const look = () => pods.read(name);
  return (await eventually(look, (pod) => pod === undefined)) === undefined;
}

async function reasons(name: string): Promise<string[]> {
  return (await pods.events(name)).map(({ reason }) => reason);
}

test('a pod without a behaviour runs at once, ready, with its own address and completed init containers', async () => {
  await pods.create('plain');
  const pod = await phaseBecomes('plain', 'Running');

  expect(pod?.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
  expect(pod?.status.podIP).toMatch(/^127\./);
  expect(pod?.status.initContainerStatuses[0]?.state.terminated).toMatchObject({
    exitCode: 0,
    reason: 'Completed',
  });
  expect(pod?.status.containerStatuses[0]).toMatchObject({ ready: true, restartCount: 0 });
});

test('a starting pod has the ordinary events, with its image', async () => {
  await pods.create('eventful');
  await phaseBecomes('eventful', 'Running');

  // The scheduler writes its event behind its decision.
  await eventually(
    () => reasons('eventful'),
    (seen) => seen.includes('Scheduled'),
  );
  expect(await reasons('eventful')).toEqual(
    expect.arrayContaining(['Scheduled', 'Pulling', 'Pulled', 'Created', 'Started']),
  );
  expect((await pods.events('eventful')).map(({ message }) => message)).toContain(
    'Pulling image "registry.example.com/lab:w_2077_46"',
  );
});

test('two pods have different addresses', async () => {
  await pods.create('one');
  await pods.create('two');
  const [one, two] = [await phaseBecomes('one', 'Running'), await phaseBecomes('two', 'Running')];

  expect(one?.status.podIP).not.toBe(two?.status.podIP);
});

test('a slow pod goes through its waiting states and is gone some time after its deletion', async () => {
  const start = Date.now();
  await pods.create('slow', behaving('slow'));
  await containerReaches('slow', ({ state }) => state.waiting?.reason === 'ContainerCreating');
  expect(await reasons('slow')).not.toContain('Pulled');
  await containerReaches('slow', ({ state }) => state.waiting?.reason === 'PodInitializing');
  await phaseBecomes('slow', 'Running');
  expect(Date.now() - start).toBeGreaterThan(2_500);

  await pods.remove('slow');
  expect((await pods.read('slow'))?.metadata.deletionTimestamp).toBeDefined();
  expect(await isGone('slow')).toBe(true);
});

test('an image tag can ask for a behaviour, also with a digest behind it', async () => {
  const image = `registry.example.com/lab:behaviour-image-pull-failure@sha256:${'0'.repeat(64)}`;
  await pods.create('by-tag', { image });

  const pod = await containerReaches('by-tag', ({ state }) => state.waiting?.reason === 'ErrImagePull');
  expect(pod?.status.phase).toBe('Pending');
});

test('an image that cannot be pulled leaves the pod pending with warnings', async () => {
  await pods.create('no-image', behaving('image-pull-failure'));
  const pod = await containerReaches('no-image', ({ state }) => state.waiting?.reason === 'ImagePullBackOff');

  expect(pod?.status.phase).toBe('Pending');
  expect(pod?.status.initContainerStatuses[0]?.state.waiting?.reason).toBe('PodInitializing');
  const events = await pods.events('no-image');
  expect(events).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'Failed' }));
  expect(events).toContainEqual(expect.objectContaining({ reason: 'BackOff' }));
});

test('a crashing container is restarted again and again', async () => {
  await pods.create('crash', behaving('crash'));
  const waiting = await containerReaches(
    'crash',
    ({ state }) => state.waiting?.reason === 'CrashLoopBackOff',
  );
  expect(waiting?.status.phase).toBe('Running');
  expect(waiting?.status.containerStatuses[0]?.lastState?.terminated).toMatchObject({
    exitCode: 1,
    reason: 'Error',
  });

  await containerReaches('crash', ({ restartCount }) => restartCount >= 2);
  expect(await reasons('crash')).toContain('BackOff');
});

test('a container can be killed for its memory and restarted in place', async () => {
  await pods.create('oom-restarted', behaving('oom-restarted'));
  const pod = await containerReaches('oom-restarted', ({ restartCount }) => restartCount === 1);

  expect(pod?.status.phase).toBe('Running');
  expect(pod?.status.containerStatuses[0]?.lastState?.terminated?.reason).toBe('OOMKilled');
});

test.each([
  ['exit-0', 'Succeeded', { exitCode: 0, reason: 'Completed' }],
  ['exit-1', 'Failed', { exitCode: 1, reason: 'Error' }],
  ['oom-killed', 'Failed', { exitCode: 137, reason: 'OOMKilled' }],
  ['evicted', 'Failed', { exitCode: 137, reason: 'Error' }],
] as const)('a running pod ends when it is told %s', async (ending, phase, end) => {
  const name = `told-${ending}`;
  await pods.create(name);
  await phaseBecomes(name, 'Running');
  await pods.annotate(name, { [BEHAVIOUR_ANNOTATION]: ending });
  const pod = await phaseBecomes(name, phase);

  expect(pod?.status.containerStatuses[0]?.state.terminated).toMatchObject(end);
  expect(pod?.status.reason).toBe(ending === 'evicted' ? 'Evicted' : undefined);
});

test('a pod can be asked at its creation to end some time after it has started', async () => {
  await pods.create('later', behaving('exit-1-later', '400ms'));
  await phaseBecomes('later', 'Running');
  const running = Date.now();
  await phaseBecomes('later', 'Failed');

  expect(Date.now() - running).toBeGreaterThan(200);
});

test('a container that runs /bin/true succeeds', async () => {
  await pods.create('prepull', { command: ['/bin/true'] });

  const pod = await phaseBecomes('prepull', 'Succeeded');
  expect(pod?.status.containerStatuses[0]?.state.terminated?.exitCode).toBe(0);
});

test('a deleted pod is gone at once', async () => {
  await pods.create('short');
  await phaseBecomes('short', 'Running');
  await pods.remove('short');

  expect(await isGone('short')).toBe(true);
});

test('a pod that is stuck terminating stays until its behaviour is changed', async () => {
  await pods.create('stuck', behaving('stuck-terminating'));
  await pods.create('witness');
  await phaseBecomes('stuck', 'Running');
  await phaseBecomes('witness', 'Running');
  await pods.remove('stuck');
  await pods.remove('witness');
  expect(await isGone('witness')).toBe(true);
  expect((await pods.read('stuck'))?.metadata.deletionTimestamp).toBeDefined();

  await pods.annotate('stuck', { [BEHAVIOUR_ANNOTATION]: 'fast' });
  expect(await isGone('stuck')).toBe(true);
});

test('a pod that fits no node stays pending as unschedulable', async () => {
  await pods.create('nowhere', { nodeSelector: { 'example.com/no-such-node': 'true' } });
  const pod = await eventually(
    () => pods.read('nowhere'),
    (pod) => pod?.status.conditions.some(({ reason }) => reason === 'Unschedulable') ?? false,
  );

  expect(pod?.status.phase).toBe('Pending');
  await eventually(
    () => reasons('nowhere'),
    (seen) => seen.includes('FailedScheduling'),
  );
});

test.each([
  ['invalid-image', 'Pending', { waiting: { reason: 'InvalidImageName' } }],
  ['config-error', 'Pending', { waiting: { reason: 'CreateContainerConfigError' } }],
  ['init-failure', 'Pending', { waiting: { reason: 'PodInitializing' } }],
  ['crash-at-start', 'Running', { terminated: { exitCode: 1, reason: 'Error' } }],
] as const)('a pod with behaviour %s never runs', async (behaviour, phase, state) => {
  await pods.create(behaviour, behaving(behaviour));
  await containerReaches(behaviour, () => true);
  const status = (await pods.read(behaviour))?.status;

  expect(status).toMatchObject({ phase, containerStatuses: [{ ready: false, state }] });
  const initExitCode = behaviour === 'init-failure' ? 2 : 0;
  expect(status?.initContainerStatuses[0]?.state.terminated?.exitCode).toBe(initExitCode);
});
