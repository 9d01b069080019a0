import {
  type CrashLoop,
  crashLoopFailure,
  crashLoopMessage,
  observeCrashLoop,
} from '../../../src/domain/crash-loop';
import type { PodObservation } from '../../../src/domain/pod';
import { aPod } from '../../support/builders';

const PATIENCE_MS = 300_000;
const NOW = 1_000_000;

const running = aPod().running();
const down = running.retried(1, 'Error', 'kernel died');
const backAfter = (restarts: number): PodObservation => ({ ...running, lab: { state: 'running', restarts } });

/** Takes in states of one pod at their instants. */
function follow(...states: readonly (readonly [number, PodObservation])[]): CrashLoop | null {
  return states.reduce<CrashLoop | null>(
    (loop, [nowMs, pod]) => observeCrashLoop(pod, nowMs, loop, PATIENCE_MS),
    null,
  );
}

test.each([
  ['whose container runs', running],
  ['whose container has been started again before', backAfter(7)],
  ['whose container has ended for good', running.labEnded(0)],
  ['that is being deleted', down.deleting()],
  ['of which containers are not known', { ...running, lab: undefined }],
])('a pod %s is in no loop', (_, pod) => {
  expect(follow([NOW, pod])).toBeNull();
});

test('a loop begins with the first end, and crashes in quick succession belong to it', () => {
  expect(follow([NOW, down])).toMatchObject({ sinceMs: NOW, backMs: null });
  expect(
    follow([NOW, down], [NOW + 1_000, backAfter(1)], [NOW + 60_000, down], [NOW + 70_000, backAfter(2)]),
  ).toMatchObject({ sinceMs: NOW, backMs: NOW + 70_000, restarts: 2 });
});

test('a loop is over when the container has run for a minute', () => {
  const back = [
    [NOW, down],
    [NOW + 1_000, backAfter(1)],
  ] as const;

  expect(follow(...back, [NOW + 60_999, backAfter(1)])).toMatchObject({ sinceMs: NOW });
  expect(follow(...back, [NOW + 61_000, backAfter(1)])).toBeNull();
  expect(follow(...back, [NOW + 61_000, down])).toMatchObject({ sinceMs: NOW + 61_000 });
});

test('a restart that was too quick to be seen counts as one', () => {
  const loop = follow([NOW, down], [NOW + 1_000, backAfter(1)], [NOW + 50_000, backAfter(2)]);

  expect(loop).toMatchObject({ sinceMs: NOW, backMs: NOW + 50_000, restarts: 2 });
});

test('the message of a crash loop has the container’s reason and message', () => {
  const loop = follow([NOW, { ...down, lab: { state: 'down', restarts: 3 } }]);

  expect(loop && crashLoopMessage(loop)).toBe(
    'The container of the lab ended with exit code 1 (Error): kernel died. It has been started again 3 times. Kubernetes starts it again.',
  );
});

test('the message for a restarted container has the reason of its end', () => {
  const loop = follow([NOW, down], [NOW, backAfter(1)]);

  expect(loop && crashLoopMessage(loop)).toBe(
    'The container of the lab ended with exit code 1 (Error): kernel died. It has been started again once. It runs again since 1970-01-01T00:16:40.000Z.',
  );
});

test.each<[string, PodObservation, string, string]>([
  [
    'crashes',
    down,
    'ContainerCrashed',
    'The lab did not come back after its container had ended with exit code 1 (Error): kernel died. Start it again, choose another image or tell the operators.',
  ],
  [
    'is killed for its memory',
    running.retried(137, 'OOMKilled', 'ran out of memory'),
    'OutOfMemory',
    'The lab needed more memory than its limit again and again, and ended with exit code 137 (OOMKilled): ran out of memory. Choose a larger size.',
  ],
  [
    'cannot be pulled again',
    { ...running.waiting('ErrImagePull', 'gone'), lab: { state: 'down', restarts: 1 } },
    'ImagePullFailed',
    'The lab did not come back after its container had ended (ErrImagePull): gone. Start it again, choose another image or tell the operators.',
  ],
])('a container that %s until patience is over ends the lab so', (_, pod, reason, message) => {
  const loop = follow([NOW, pod]);

  expect(loop && crashLoopFailure(loop)).toEqual({ reason, message });
});

test('what was last reported stays the reason while the container is created anew', () => {
  const created: PodObservation = { ...running.starting('Running'), lab: { state: 'down', restarts: 1 } };
  const loop = follow([NOW, down], [NOW + 1_000, created]);

  expect(loop && crashLoopFailure(loop).message).toContain('kernel died');
});
