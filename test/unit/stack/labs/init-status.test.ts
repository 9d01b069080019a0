import type { V1Pod } from '@kubernetes/client-node';
import { initEndedPatch, initRunningPatch } from '../../../../stack/labs/init-status';
import { restartsOf } from '../../../../stack/labs/pod';

const FIRST = { name: 'first', image: 'a' };
const SECOND = { name: 'second', image: 'b' };
const START = new Date('2077-01-01T00:00:00Z');
const END = new Date('2077-01-01T00:00:02Z');
const COMPLETED = {
  name: 'first',
  image: 'a',
  imageID: 'a',
  ready: true,
  restartCount: 0,
  state: { terminated: { exitCode: 0 } },
};

const aPod = (initContainerStatuses: object[], restartPolicy = 'OnFailure') =>
  ({
    metadata: { uid: 'u', resourceVersion: '7' },
    spec: { restartPolicy, initContainers: [FIRST, SECOND], containers: [{ name: 'main' }] },
    status: { phase: 'Pending', initContainerStatuses },
  }) as V1Pod;

test('an init container that runs leaves what is known of the others, and those after it wait', () => {
  expect(initRunningPatch(aPod([]), FIRST, { startedAt: START, restarts: 0 })).toMatchObject({
    metadata: { uid: 'u', resourceVersion: '7' },
    status: {
      initContainerStatuses: [
        { name: 'first', ready: false, state: { running: { startedAt: START.toISOString() } } },
        { name: 'second', ready: false, state: { waiting: { reason: 'PodInitializing' } } },
      ],
    },
  });
  expect(initRunningPatch(aPod([COMPLETED]), SECOND, { startedAt: START, restarts: 0 })).toMatchObject({
    status: { initContainerStatuses: [COMPLETED, { name: 'second' }] },
  });
});

test('only the last that completes makes the pod initialized', () => {
  const end = (pod: V1Pod, container: typeof FIRST) =>
    initEndedPatch(pod, container, { exitCode: 0, startedAt: START }, END);

  expect(end(aPod([]), FIRST)).not.toHaveProperty('status.conditions');
  expect(end(aPod([COMPLETED]), SECOND)).toMatchObject({
    status: {
      phase: 'Pending',
      conditions: [{ type: 'Initialized', status: 'True' }],
      initContainerStatuses: [
        COMPLETED,
        {
          ready: true,
          state: {
            terminated: {
              reason: 'Completed',
              startedAt: START.toISOString(),
              finishedAt: END.toISOString(),
            },
          },
        },
      ],
    },
  });
});

test.each([
  ['Never', 'Failed'],
  ['OnFailure', 'Pending'],
])('one that fails in a pod with restart policy %s leaves it %s', (restartPolicy, phase) => {
  const exit = { exitCode: 3, startedAt: START };

  expect(initEndedPatch(aPod([], restartPolicy), FIRST, exit, END)).toMatchObject({
    status: {
      phase,
      initContainerStatuses: [{ ready: false, state: { terminated: { reason: 'Error' } } }, {}],
    },
  });
});

test('a container counts a restart when it has run before', () => {
  const running = { name: 'first', restartCount: 1, state: { running: {} } };

  expect(restartsOf(aPod([running]), FIRST)).toBe(2);
  expect(restartsOf(aPod([running]), SECOND)).toBe(0);
});
