import type { V1Pod } from '@kubernetes/client-node';
import type { PodObservation } from '../../../../src/domain/pod';
import { observePod } from '../../../../src/objects/reading/pod';

const condition = (type: string, status: string, reason?: string) => ({ type, status, reason });

const aPod = (status: V1Pod['status'], metadata: V1Pod['metadata'] = {}): V1Pod => ({
  metadata,
  spec: { nodeName: 'node-1', containers: [] },
  status,
});

/** What can delay the removal of a pod. */
function delays(pod: V1Pod): Pick<PodObservation, 'lostNode' | 'finalizers'> {
  const { finalizers, lostNode } = observePod(pod);
  return {
    ...(lostNode === undefined ? {} : { lostNode }),
    ...(finalizers === undefined ? {} : { finalizers }),
  };
}

const DELETED = { deletionTimestamp: new Date(0) };

test.each<[string, V1Pod]>([
  ['in an unknown phase', aPod({ phase: 'Unknown' })],
  ['with the reason NodeLost', aPod({ phase: 'Running', reason: 'NodeLost' })],
  [
    'marked as not ready by the node controller',
    aPod({
      phase: 'Running',
      conditions: [condition('Ready', 'False'), condition('ContainersReady', 'True')],
    }),
  ],
  [
    'whose readiness is no longer known',
    aPod({ phase: 'Running', conditions: [condition('Ready', 'Unknown', 'NodeStatusUnknown')] }),
  ],
  [
    'that had not begun when the taint of its node evicted it',
    aPod(
      { phase: 'Pending', conditions: [condition('DisruptionTarget', 'True', 'DeletionByTaintManager')] },
      DELETED,
    ),
  ],
])('a pod %s is on a lost node', (_, pod) => {
  expect(delays(pod)).toEqual({ lostNode: 'node-1' });
});

test.each<[string, V1Pod]>([
  ['that is ready', aPod({ phase: 'Running', conditions: [condition('Ready', 'True')] })],
  [
    'whose container is not ready',
    aPod({
      phase: 'Running',
      conditions: [
        condition('Ready', 'False', 'ContainersNotReady'),
        condition('ContainersReady', 'False', 'ContainersNotReady'),
      ],
    }),
  ],
  [
    'whose readiness gate is closed',
    aPod({
      phase: 'Running',
      conditions: [
        condition('Ready', 'False', 'ReadinessGatesNotReady'),
        condition('ContainersReady', 'True'),
      ],
    }),
  ],
  [
    'that runs while a taint evicts it',
    aPod(
      { phase: 'Running', conditions: [condition('DisruptionTarget', 'True', 'DeletionByTaintManager')] },
      DELETED,
    ),
  ],
  [
    'that has finished',
    aPod({ phase: 'Failed', reason: 'NodeLost', conditions: [condition('Ready', 'False')] }),
  ],
  ['without a status', aPod(undefined)],
])('a pod %s is not', (_, pod) => {
  expect(delays(pod)).toEqual({});
});

test('finalizers count once the pod is being deleted', () => {
  const finalizers = ['example.com/hold'];
  expect(delays(aPod({}, { ...DELETED, finalizers }))).toEqual({ finalizers });
  expect(delays(aPod({}, { finalizers }))).toEqual({});
});
