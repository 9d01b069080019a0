import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { observePod } from '../../../../src/objects/reading/pod';

const status = (name: string, state: object, fields: Partial<V1ContainerStatus> = {}): V1ContainerStatus => ({
  name,
  state,
  image: 'i',
  imageID: '',
  ready: false,
  restartCount: 0,
  ...fields,
});

const RUNNING = { running: {} };
const WAITING = { waiting: { reason: 'PodInitializing' } };
const BACK_OFF = {
  waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' },
};
const ended = (exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error', message?: string) => ({
  terminated: { exitCode, reason, message },
});

const notebook = (state: object, fields: Partial<V1ContainerStatus> = {}) =>
  status('notebook', state, fields);
const proxy = (state: object) => status('mesh-proxy', state);

interface Situation {
  readonly phase?: string;
  readonly policy?: string;
  readonly init?: V1ContainerStatus[];
  readonly containers?: V1ContainerStatus[];
  readonly metadata?: V1Pod['metadata'];
}

/** A lab's pod into which a service mesh has put containers of its own. */
const observe = ({ phase = 'Running', policy = 'OnFailure', init, containers, metadata }: Situation) =>
  observePod({
    metadata: { uid: 'u1', resourceVersion: '7', ...metadata },
    spec: {
      restartPolicy: policy,
      initContainers: [
        { name: 'prepare' },
        { name: 'native-sidecar', restartPolicy: 'Always' },
        { name: 'once', restartPolicy: 'Never' },
      ],
      containers: [{ name: 'notebook' }, { name: 'mesh-proxy' }],
    },
    status: { phase, podIP: '10.1.2.3', initContainerStatuses: init, containerStatuses: containers },
  });

test.each<[string, Situation, string]>([
  ['has not run', { phase: 'Pending', containers: [notebook(WAITING)] }, 'waiting'],
  ['runs', { containers: [notebook(RUNNING), proxy(RUNNING)] }, 'running'],
  ['has exited', { containers: [notebook(ended(0)), proxy(RUNNING)] }, 'ended'],
  [
    'has exited, and the pod waits',
    { phase: 'Pending', containers: [notebook(ended(0)), proxy(BACK_OFF)] },
    'ended',
  ],
  ['has failed', { containers: [notebook(ended(1)), proxy(RUNNING)] }, 'down'],
  ['has failed for good', { policy: 'Never', containers: [notebook(ended(1)), proxy(RUNNING)] }, 'ended'],
  ['has exited but always runs', { policy: 'Always', containers: [notebook(ended(0))] }, 'down'],
  ['waits for its next start', { containers: [notebook(BACK_OFF, { restartCount: 1 })] }, 'down'],
  ['is created anew', { containers: [notebook(WAITING, { lastState: ended(255) })] }, 'down'],
  ['has failed with its pod', { phase: 'Failed', containers: [notebook(ended(1))] }, 'ended'],
  [
    'has failed in a pod that is being deleted',
    { metadata: { deletionTimestamp: new Date(0) }, containers: [notebook(ended(143))] },
    'ended',
  ],
])('a lab’s container that %s is known to be so', (_, situation, state) => {
  expect(observe(situation).lab).toMatchObject({ state });
});

test('a container that the kubelet has not reported is not known', () => {
  expect(observe({ containers: [proxy(RUNNING)] }).lab).toBeUndefined();
  expect(observe({ phase: 'Failed' })).toMatchObject({ phase: 'Failed', reason: null });
});

test('a lab runs also while another container keeps its pod pending', () => {
  const containers = [notebook(RUNNING), proxy({ waiting: { reason: 'ErrImagePull' } })];
  expect(observe({ phase: 'Pending', containers })).toMatchObject({ isLabRunning: true, reason: null });
});

test.each([
  ['that goes on', 'Running', RUNNING],
  ['that has crashed', 'Running', ended(1)],
  ['that made the pod fail', 'Failed', ended(1)],
])('a lab’s end is observed, not that of a container beside it %s', (_, phase, state) => {
  const containers = [proxy(state), notebook(ended(0, 'Completed', 'bye'))];
  expect(observe({ phase, containers })).toMatchObject({
    container: 'notebook',
    reason: 'Completed',
    message: 'bye',
    exitCode: 0,
  });
});

test.each<[string, Situation, object]>([
  [
    'an init container that is tried again',
    { init: [status('mesh-init', ended(4))] },
    { container: 'mesh-init', exitCode: 4, isRetried: true, isSidecar: false },
  ],
  [
    'an init container that is not',
    { policy: 'Never', init: [status('prepare', ended(4))] },
    { container: 'prepare', isRetried: false },
  ],
  [
    'an init container that is not by its own policy',
    { init: [status('once', ended(4))] },
    { container: 'once', isRetried: false },
  ],
  [
    'an init container between its attempts',
    { init: [status('prepare', BACK_OFF, { lastState: ended(2, 'Error', 'no space') })] },
    { container: 'prepare', reason: 'CrashLoopBackOff', message: 'no space', exitCode: 2, isRetried: true },
  ],
  [
    'a sidecar among the init containers that crashes',
    { init: [status('native-sidecar', BACK_OFF)] },
    { container: 'native-sidecar', isRetried: true, isSidecar: true },
  ],
  [
    'a sidecar among the init containers that cannot be pulled, for which the lab waits',
    { init: [status('native-sidecar', { waiting: { reason: 'ErrImagePull' } })] },
    { container: 'native-sidecar', reason: 'ErrImagePull', isSidecar: false },
  ],
  [
    'a container beside the lab that crashes',
    { containers: [proxy(ended(1)), notebook(WAITING)] },
    { container: 'mesh-proxy', isRetried: true, isSidecar: true },
  ],
  [
    'an init container, not a container beside the lab',
    { init: [status('prepare', ended(4))], containers: [proxy(ended(1)), notebook(WAITING)] },
    { container: 'prepare' },
  ],
  [
    'the lab’s own container, not one beside it',
    { containers: [proxy(ended(1)), notebook({ waiting: { reason: 'ErrImagePull' } })] },
    { container: 'notebook', isSidecar: false },
  ],
])('trouble of a starting pod is that of %s', (_, situation, expected) => {
  const { containers = [notebook(WAITING)] } = situation;
  const {
    isRetried = false,
    isSidecar = false,
    ...seen
  } = observe({ phase: 'Pending', ...situation, containers });
  expect({ ...seen, isRetried, isSidecar }).toMatchObject(expected);
});

test('what an init container reported before the lab ran is nothing any more', () => {
  const containers = [notebook(RUNNING), proxy(RUNNING)];
  expect(observe({ init: [status('mesh-init', ended(4))], containers })).toMatchObject({
    isLabRunning: true,
    reason: null,
    container: null,
  });
});

test('containers that were added for debugging count as nothing', () => {
  const pod: V1Pod = {
    spec: { restartPolicy: 'OnFailure', containers: [{ name: 'notebook' }] },
    status: {
      phase: 'Pending',
      containerStatuses: [notebook(WAITING)],
      ephemeralContainerStatuses: [status('debugger', ended(1))],
    },
  };
  expect(observePod(pod)).toMatchObject({ reason: null, container: null });
});
