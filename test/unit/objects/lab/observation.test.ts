import type { V1Pod } from '@kubernetes/client-node';
import { observePod, podOwner } from '../../../../src/objects/lab/observation';

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

describe('an observed pod', () => {
  test('that runs has an address and no explanation', () => {
    const labels = { 'nublado.lsst.io/spawn-id': 'op1' };
    expect(observePod(aPod({ phase: 'Running', podIP: '10.1.2.3' }, { labels }))).toEqual({
      uid: 'u1',
      resourceVersion: '7',
      spawnId: 'op1',
      phase: 'Running',
      podIp: '10.1.2.3',
      isDeleting: false,
      reason: null,
      message: null,
      exitCode: null,
    });
  });

  test('without a status is in an unknown phase, made by nobody known', () => {
    expect(observePod({})).toMatchObject({ phase: 'Unknown', spawnId: null, podIp: null });
  });

  test('with a deletion timestamp is being deleted', () => {
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
        containerStatuses: [
          terminated('notebook', { exitCode: 137, reason: 'OOMKilled', message: 'killed' }),
        ],
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
      { reason: 'Error', message: 'Init container nublado-std-startup: exit code 2', exitCode: null },
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
  ])('that %s says so', (_, status, expected) => {
    expect(observePod(aPod(status))).toMatchObject(expected);
  });
});

const owner = (category: string) =>
  podOwner(aPod({}, { labels: { 'nublado.lsst.io/category': category, 'nublado.lsst.io/user': 'rachel' } }));

describe('the owner of a pod', () => {
  test('is the user whose lab it is', () => {
    expect(owner('lab')).toBe('rachel');
  });

  test('is nobody for other pods', () => {
    expect([owner('fileserver'), podOwner({})]).toEqual([null, null]);
  });
});
