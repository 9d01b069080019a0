import { judgePull, type PullTrouble } from '../../../src/domain/pull-verdict';
import { aPod } from '../../support/builders';

const PATIENCE_MS = 30_000;
const NOW_MS = 1_000_000;

const judge = (pod: Parameters<typeof judgePull>[0], earlier: PullTrouble | null = null, nowMs = NOW_MS) =>
  judgePull(pod, { nowMs, earlier }, PATIENCE_MS);

const waiting = (message: string | null, reason = 'ErrImagePull') =>
  aPod().waiting(reason, message, 'prepull');

test('only a pod that has succeeded has pulled its image', () => {
  expect(judge(aPod().succeeded())).toEqual({ kind: 'pulled' });
});

test.each([
  ['nothing is known of the pod', null],
  ['it is just there', aPod()],
  ['it runs', aPod().running()],
  ['it is being deleted', aPod().deleting()],
])('while %s, the pull is waited for', (_, pod) => {
  expect(judge(pod)).toEqual({ kind: 'waiting', trouble: null });
});

test('a pod that has failed is a failed pull, with what Kubernetes said', () => {
  expect(judge(aPod().evicted('low on memory'))).toEqual({
    kind: 'failed',
    reason: 'The pod failed: Evicted, low on memory, exit code 137',
  });
});

test.each(['InvalidImageName', 'ErrImageNeverPull'])('%s is hopeless at once', (reason) => {
  expect(judge(waiting('bad name', reason))).toEqual({
    kind: 'failed',
    reason: `The image could not be pulled: ${reason}, bad name`,
  });
});

test('an image that cannot be pulled has until patience ends, counted from the first time', () => {
  const first = {
    reason: 'The image could not be pulled: ErrImagePull, not found',
    untilMs: NOW_MS + PATIENCE_MS,
  };
  expect(judge(waiting('not found'))).toEqual({ kind: 'waiting', trouble: first });

  const backOff = waiting('Back-off pulling image', 'ImagePullBackOff');
  expect(judge(backOff, first, NOW_MS + PATIENCE_MS - 1)).toEqual({ kind: 'waiting', trouble: first });
  expect(judge(backOff, first, NOW_MS + PATIENCE_MS)).toEqual({ kind: 'failed', reason: first.reason });
});

test('other trouble is not blamed on the image', () => {
  expect(judge(waiting('no such file', 'CreateContainerError'))).toMatchObject({
    trouble: { reason: 'The pod could not start: CreateContainerError, no such file' },
  });
});

test('trouble that passes is forgotten', () => {
  const earlier = { reason: 'slow registry', untilMs: NOW_MS + 1 };
  expect(judge(aPod(), earlier)).toEqual({ kind: 'waiting', trouble: null });
});
