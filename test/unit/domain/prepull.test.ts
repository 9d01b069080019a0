import * as fc from 'fast-check';
import { withImageOnNode } from '../../../src/domain/images/catalogue';
import {
  judgePull,
  missingPulls,
  type PullTrouble,
  prepullPodName,
  pullKey,
  retryDelayMs,
  type WantedPull,
} from '../../../src/domain/prepull';
import { aPod } from '../../support/builders';
import { aCatalogue, aNode, anOffer, aTaintedNode } from '../../support/image-catalogue';

const pairs = (pulls: readonly WantedPull[]) => pulls.map(({ node, tag }) => [node, tag]);

const DIGESTS = {
  recommended: 'sha256:w',
  w_2077_43: 'sha256:w',
  d_2077_10_23: 'sha256:d',
  r22_0_1: 'sha256:r',
  w_2077_42: null,
  w_2077_41: 'sha256:old',
  'w_2077_40-arm64': 'sha256:arm',
};

test('eligible nodes lack each digest once, first of all the recommended one', () => {
  const nodes = [aNode('a', ['sha256:d']), aTaintedNode('b'), aNode('c')];
  const offer = anOffer(aCatalogue(DIGESTS, nodes), { pin: ['w_2077_40-arm64'] });
  expect(pairs(missingPulls(offer))).toEqual([
    ['a', 'w_2077_43'],
    ['c', 'w_2077_43'],
    ['a', 'r22_0_1'],
    ['c', 'r22_0_1'],
    ['a', 'w_2077_40-arm64'],
    ['c', 'w_2077_40-arm64'],
    ['c', 'd_2077_10_23'],
  ]);
  expect(missingPulls(offer)[0]).toEqual({
    node: 'a',
    tag: 'w_2077_43',
    digest: 'sha256:w',
    reference: 'reg.example/lab/sketch:w_2077_43@sha256:w',
    name: 'Weekly 2077_43',
  });
});

test('what has been pulled is lacking no more, and a node that is gone does not return', () => {
  const catalogue = aCatalogue({ w_2077_43: 'sha256:w' }, [aNode('a'), aNode('b')]);
  const pulled = withImageOnNode(catalogue, { node: 'a', digest: 'sha256:w' });
  expect(pairs(missingPulls(anOffer(pulled)))).toEqual([['b', 'w_2077_43']]);
  expect(withImageOnNode(pulled, { node: 'a', digest: 'sha256:w' })).toEqual(pulled);
  expect(withImageOnNode(pulled, { node: 'gone', digest: 'sha256:w' })).toEqual(pulled);
});

test.each([
  [1, 60_000],
  [2, 120_000],
  [6, 1_920_000],
  [7, 3_600_000],
  [5_000, 3_600_000],
])('after %d failures in a row, the pause is %d ms', (attempts, pauseMs) => {
  expect(retryDelayMs(attempts, 60_000, 3_600_000)).toBe(pauseMs);
});

test('pulls are distinguished by node and digest', () => {
  const keys = [
    { node: 'a', digest: 'sha256:1' },
    { node: 'a', digest: 'sha256:2' },
    { node: 'b', digest: 'sha256:1' },
  ].map(pullKey);
  expect(new Set(keys).size).toBe(3);
});

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

test('a pod that has failed is a failed pull, with the message of Kubernetes', () => {
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

test('an obstacle that is over is dropped', () => {
  const earlier = { reason: 'slow registry', untilMs: NOW_MS + 1 };
  expect(judge(aPod(), earlier)).toEqual({ kind: 'waiting', trouble: null });
});

test('a pod that pulls an image is named after tag and node', () => {
  expect(prepullPodName('recommended', 'node-1')).toBe('prepull-recommended-node-1');
});

test.each([
  ['w_2077_44', 'node-1', /^prepull-w-2077-44-node-1-[0-9a-f]{16}$/],
  ['R170', 'node-1', /^prepull-r170-node-1-[0-9a-f]{16}$/],
  ['a-b', 'node-1', /^prepull-a-b-node-1-[0-9a-f]{16}$/],
  ['1.2._3', 'n', /^prepull-1.2-3-n-[0-9a-f]{16}$/],
  ['end.', 'n', /^prepull-end-n-[0-9a-f]{16}$/],
  ['___', 'n', /^prepull-----n-[0-9a-f]{16}$/],
])('the pod for %p on %p has a name with both and a hash', (tag, node, name) => {
  expect(prepullPodName(tag, node)).toMatch(name);
});

test.each([
  [
    ['a-b', 'c'],
    ['a', 'b-c'],
  ],
  [
    ['R170', 'n'],
    ['r170', 'n'],
  ],
  [
    ['w_1', 'n'],
    ['w-1', 'n'],
  ],
  [
    ['t', `${'n'.repeat(252)}1`],
    ['t', `${'n'.repeat(252)}2`],
  ],
])('%p and %p have different names', (one, other) => {
  expect(prepullPodName(one[0] ?? '', one[1] ?? '')).not.toBe(prepullPodName(other[0] ?? '', other[1] ?? ''));
});

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/);
const node = fc.stringMatching(SUBDOMAIN).filter((name) => name.length <= 253);

test('every name is one that Kubernetes takes', () => {
  fc.assert(
    fc.property(tag, node, (tag, node) => {
      const name = prepullPodName(tag, node);
      expect(name).toMatch(SUBDOMAIN);
      expect(name.length).toBeLessThanOrEqual(253);
    }),
  );
});

test('two pairs of tag and node never share a name', () => {
  const letters = fc.stringMatching(/^[aA1][aA1_.-]{0,3}$/);
  const nodes = fc.stringMatching(/^[a1](-?[a1]){0,3}$/);
  fc.assert(
    fc.property(letters, nodes, letters, nodes, (tag, node, otherTag, otherNode) => {
      fc.pre(tag !== otherTag || node !== otherNode);
      expect(prepullPodName(tag, node)).not.toBe(prepullPodName(otherTag, otherNode));
    }),
    { numRuns: 2_000 },
  );
});
