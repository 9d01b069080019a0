import type { V1Pod } from '@kubernetes/client-node';
import { observePod } from '../../../../src/objects/reading/pod';

const aPod = (status: V1Pod['status'], metadata: V1Pod['metadata'] = {}): V1Pod => ({
  metadata: { uid: 'u1', resourceVersion: '7', ...metadata },
  status,
});

const container = (name: string, state: object) => ({
  name,
  state,
  image: 'i',
  imageID: '',
  ready: false,
  restartCount: 0,
});

const terminated = (name: string, fields: object) => container(name, { terminated: fields });
const waiting = (name: string, fields: object) => container(name, { waiting: fields });

test('an observed pod whose phase is Running has an address and no explanation', () => {
  const labels = { 'nublado.lsst.io/spawn-id': 'op1' };
  expect(observePod(aPod({ phase: 'Running', podIP: '10.1.2.3' }, { labels }))).toEqual({
    uid: 'u1',
    resourceVersion: '7',
    spawnId: 'op1',
    phase: 'Running',
    podIp: '10.1.2.3',
    isLabRunning: false,
    isDeleting: false,
    reason: null,
    message: null,
    container: null,
    image: null,
    exitCode: null,
  });
});

test('an observed pod without a status is in an unknown phase, of an unknown spawn', () => {
  expect(observePod({})).toMatchObject({ phase: 'Unknown', spawnId: null, podIp: null });
});

test('an observed pod with a deletion timestamp is being deleted', () => {
  expect(observePod(aPod({}, { deletionTimestamp: new Date(0) })).isDeleting).toBe(true);
});

test.each<[string, V1Pod['status'], object]>([
  [
    'was evicted',
    {
      phase: 'Failed',
      reason: 'Evicted',
      message: 'The node was low on memory',
      containerStatuses: [terminated('notebook', { exitCode: 137, reason: 'Error' })],
    },
    { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory', exitCode: 137 },
  ],
  [
    'ran out of memory',
    {
      phase: 'Failed',
      containerStatuses: [terminated('notebook', { exitCode: 137, reason: 'OOMKilled', message: 'killed' })],
    },
    { reason: 'OOMKilled', message: 'killed', exitCode: 137 },
  ],
  [
    'completed',
    {
      phase: 'Succeeded',
      containerStatuses: [terminated('notebook', { exitCode: 0, reason: 'Completed' })],
    },
    { phase: 'Succeeded', reason: 'Completed', message: null, exitCode: 0 },
  ],
  [
    'failed in an init container',
    {
      phase: 'Failed',
      initContainerStatuses: [
        terminated('nublado-std-inithome', { exitCode: 0, reason: 'Completed' }),
        terminated('nublado-std-startup', { exitCode: 2, reason: 'Error' }),
      ],
      containerStatuses: [waiting('notebook', { reason: 'PodInitializing' })],
    },
    { reason: 'Error', message: null, container: 'nublado-std-startup', exitCode: 2 },
  ],
  [
    'cannot pull its image',
    {
      phase: 'Pending',
      initContainerStatuses: [terminated('nublado-std-startup', { exitCode: 0 })],
      containerStatuses: [waiting('notebook', { reason: 'ImagePullBackOff', message: 'Back-off' })],
    },
    { phase: 'Pending', reason: 'ImagePullBackOff', message: 'Back-off' },
  ],
  [
    'has an init container that keeps crashing',
    {
      phase: 'Pending',
      initContainerStatuses: [waiting('setup', { reason: 'CrashLoopBackOff' })],
      containerStatuses: [waiting('notebook', { reason: 'PodInitializing' })],
    },
    { reason: 'CrashLoopBackOff', message: null },
  ],
  [
    'fits on no node',
    {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available',
        },
      ],
    },
    { reason: 'Unschedulable', message: '0/3 nodes are available' },
  ],
  [
    'is merely being created',
    { phase: 'Pending', containerStatuses: [waiting('notebook', { reason: 'ContainerCreating' })] },
    { reason: null, message: null },
  ],
])('an observation shows that a pod %s', (_, status, expected) => {
  expect(observePod(aPod(status))).toMatchObject(expected);
});

/** Statuses as kubelets, the scheduler and controllers of Kubernetes 1.33 write them. */
const IMAGE = 'registry.test/sketchbook:w_2077_44';
const notebook = (fields: object) => ({ ...container('notebook', {}), image: IMAGE, ...fields });
const startError = {
  exitCode: 128,
  reason: 'StartError',
  message: 'failed to create containerd task: exec: "run": executable file not found in $PATH',
};
const killed = { exitCode: 137, reason: 'OOMKilled' };
const backOff = (name: string) =>
  `back-off 10s restarting failed container=${name} pod=rachel-nb_lab-rachel(u1)`;
const disrupted = (reason: string, message: string) => ({
  conditions: [{ type: 'DisruptionTarget', status: 'True', reason, message }],
});

test.each<[string, V1Pod['status'], object]>([
  [
    'for an image that the registry does not have',
    {
      phase: 'Pending',
      containerStatuses: [
        notebook({
          state: {
            waiting: {
              reason: 'ErrImagePull',
              message: `failed to pull and unpack image "${IMAGE}": failed to resolve reference: not found`,
            },
          },
        }),
      ],
    },
    { reason: 'ErrImagePull', container: 'notebook', image: IMAGE, exitCode: null, isLabRunning: false },
  ],
  [
    'for a container that cannot be executed, between its restarts',
    {
      phase: 'Running',
      containerStatuses: [
        notebook({
          restartCount: 2,
          state: { waiting: { reason: 'CrashLoopBackOff', message: backOff('notebook') } },
          lastState: { terminated: startError },
        }),
      ],
    },
    {
      reason: 'StartError',
      message: startError.message,
      container: 'notebook',
      exitCode: 128,
      isLabRunning: false,
    },
  ],
  [
    'for a container that has just crashed and will be restarted',
    {
      phase: 'Running',
      containerStatuses: [notebook({ state: { terminated: { exitCode: 1, reason: 'Error' } } })],
    },
    { reason: 'Error', container: 'notebook', exitCode: 1, isLabRunning: false },
  ],
  [
    'for a container that is killed for its memory again and again',
    {
      phase: 'Running',
      containerStatuses: [
        notebook({
          state: { waiting: { reason: 'CrashLoopBackOff', message: backOff('notebook') } },
          lastState: { terminated: killed },
        }),
      ],
    },
    { reason: 'OOMKilled', container: 'notebook', exitCode: 137 },
  ],
  [
    'for a container that runs again after a crash',
    {
      phase: 'Running',
      podIP: '10.1.2.3',
      containerStatuses: [
        notebook({
          ready: true,
          restartCount: 1,
          state: { running: {} },
          lastState: { terminated: killed },
        }),
      ],
    },
    { isLabRunning: true, reason: null, container: null, exitCode: null },
  ],
  [
    'for an init container between its restarts',
    {
      phase: 'Pending',
      initContainerStatuses: [
        {
          ...container('prepare', { waiting: { reason: 'CrashLoopBackOff', message: backOff('prepare') } }),
          lastState: { terminated: { exitCode: 2, reason: 'Error' } },
        },
      ],
      containerStatuses: [notebook({ state: { waiting: { reason: 'PodInitializing' } } })],
    },
    { reason: 'CrashLoopBackOff', message: backOff('prepare'), container: 'prepare', exitCode: 2 },
  ],
  [
    'for a missing secret',
    {
      phase: 'Pending',
      containerStatuses: [
        notebook({
          state: {
            waiting: { reason: 'CreateContainerConfigError', message: 'secret "rachel-nb" not found' },
          },
        }),
      ],
    },
    {
      reason: 'CreateContainerConfigError',
      message: 'secret "rachel-nb" not found',
      container: 'notebook',
    },
  ],
  [
    'for a pod of a node that was deleted',
    {
      phase: 'Failed',
      ...disrupted('DeletionByPodGC', 'PodGC: node no longer exists'),
      containerStatuses: [notebook({ ready: true, state: { running: {} } })],
    },
    {
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
      container: null,
      isLabRunning: false,
    },
  ],
  [
    'for a running pod that is drained',
    {
      phase: 'Running',
      ...disrupted('EvictionByEvictionAPI', 'Eviction API: evicting'),
      containerStatuses: [notebook({ ready: true, state: { running: {} } })],
    },
    { reason: 'EvictionByEvictionAPI', container: null, isLabRunning: true },
  ],
  [
    'for a pod whose node has left',
    {
      phase: 'Running',
      reason: 'NodeLost',
      message: 'Node node-1 which was running pod rachel-nb is unresponsive',
    },
    { reason: 'NodeLost', container: null },
  ],
])('the status written %s is understood', (_, status, expected) => {
  expect(observePod(aPod(status))).toMatchObject(expected);
});

test.each([
  ['not ready', false, true],
  ['ready', true, true],
  ['not ready, without a probe', false, false],
])(
  'the status written for a running container that is %s tells whether the lab runs',
  (_, ready, hasProbe) => {
    const status = { phase: 'Running', containerStatuses: [notebook({ ready, state: { running: {} } })] };
    const spec = { containers: [{ name: 'notebook', ...(hasProbe ? { readinessProbe: {} } : {}) }] };

    expect(observePod({ ...aPod(status), spec }).isLabRunning).toBe(ready || !hasProbe);
  },
);
