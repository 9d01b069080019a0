import * as fc from 'fast-check';
import { withImageOnNode } from '../../../src/domain/images/catalogue';
import {
  missingPulls,
  nextPulls,
  type Pull,
  type PullFailure,
  withFailure,
} from '../../../src/domain/prepull';
import { aCatalogue, aNode, anOffer, aTaintedNode } from '../../support/image-catalogue';

const pull = (node: string, digest: string): Pull => ({
  node,
  digest,
  tag: digest,
  reference: `reg.example/lab:${digest}@${digest}`,
});

const pairs = (pulls: readonly Pull[]) => pulls.map(({ node, tag }) => [node, tag]);

const failure = (node: string, digest: string, attempts: number, failedAtMs: number): PullFailure => ({
  node,
  digest,
  attempts,
  failedAtMs,
});

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
  });
});

test('what has been pulled is lacking no more, and a node that is gone does not return', () => {
  const catalogue = aCatalogue({ w_2077_43: 'sha256:w' }, [aNode('a'), aNode('b')]);
  const pulled = withImageOnNode(catalogue, { node: 'a', digest: 'sha256:w' });
  expect(pairs(missingPulls(anOffer(pulled)))).toEqual([['b', 'w_2077_43']]);
  expect(withImageOnNode(pulled, { node: 'a', digest: 'sha256:w' })).toEqual(pulled);
  expect(withImageOnNode(pulled, { node: 'gone', digest: 'sha256:w' })).toEqual(pulled);
});

const WANTED = [pull('a', '1'), pull('b', '1'), pull('c', '1'), pull('a', '2'), pull('b', '2')];

test('each node pulls one image at a time, in the order wanted', () => {
  const { start } = nextPulls(WANTED, [], [], { overallBound: 10, nowMs: 0 });
  expect(pairs(start)).toEqual([
    ['a', '1'],
    ['b', '1'],
    ['c', '1'],
  ]);
});

test('a node that pulls is left alone, and the bound counts what runs', () => {
  const { start, obsolete } = nextPulls(WANTED, [pull('a', '1')], [], { overallBound: 2, nowMs: 0 });
  expect(pairs(start)).toEqual([['b', '1']]);
  expect(obsolete).toEqual([]);
});

test('what nothing wants any more is obsolete, and keeps its node busy until it has ended', () => {
  const { start, obsolete } = nextPulls(WANTED, [pull('a', '9'), pull('gone', '1')], [], {
    overallBound: 10,
    nowMs: 0,
  });
  expect(pairs(obsolete)).toEqual([
    ['a', '9'],
    ['gone', '1'],
  ]);
  expect(pairs(start)).toEqual([
    ['b', '1'],
    ['c', '1'],
  ]);
});

test('what has failed waits, and the node goes on with its next image', () => {
  const failures = [failure('a', '1', 1, 0), failure('c', '1', 1, 0)];
  const plan = nextPulls(WANTED, [], failures, { overallBound: 10, nowMs: 59_999 });
  expect(pairs(plan.start)).toEqual([
    ['b', '1'],
    ['a', '2'],
  ]);
  expect(plan.retryAtMs).toBe(60_000);
  const later = nextPulls(WANTED, [], failures, { overallBound: 10, nowMs: 60_000 });
  expect(pairs(later.start)).toEqual([
    ['a', '1'],
    ['b', '1'],
    ['c', '1'],
  ]);
  expect(later.retryAtMs).toBeNull();
});

test.each([
  [1, 60_000],
  [2, 120_000],
  [5, 960_000],
  [7, 3_600_000],
  [2_000, 3_600_000],
])('after %d failures the next try is %d ms later', (attempts, expected) => {
  const limits = { overallBound: 10, nowMs: 1_000 };
  expect(nextPulls(WANTED, [], [failure('a', '1', attempts, 1_000)], limits).retryAtMs).toBe(
    1_000 + expected,
  );
});

test('failures of what is not wanted any more are forgotten', () => {
  const { failures, retryAtMs } = nextPulls(WANTED, [], [failure('a', '9', 1, 0)], {
    overallBound: 1,
    nowMs: 0,
  });
  expect([failures, retryAtMs]).toEqual([[], null]);
});

test('failures are counted by node and image', () => {
  const once = withFailure([failure('b', '1', 3, 5)], pull('a', '1'), 10);
  expect(withFailure(once, pull('a', '1'), 20)).toEqual([failure('b', '1', 3, 5), failure('a', '1', 2, 20)]);
});

test('a prepuller that follows its plans pulls everything once, one at a time per node, within the bound', () => {
  const anyPull = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', '3'));
  const scenario = fc.tuple(
    fc.uniqueArray(anyPull, { selector: (pair) => pair.join() }),
    fc.integer({ min: 1, max: 4 }),
    fc.infiniteStream(fc.nat(10)),
  );
  fc.assert(
    fc.property(scenario, ([all, overallBound, random]) => {
      let wanted = all.map(([node, digest]) => pull(node, digest));
      let running: Pull[] = [];
      const done: Pull[] = [];
      while (wanted.length > 0) {
        const { start, obsolete } = nextPulls(wanted, running, [], { overallBound, nowMs: 0 });
        running = [...running, ...start];
        expect(obsolete).toEqual([]);
        expect(running.length).toBeLessThanOrEqual(overallBound);
        expect(new Set(running.map(({ node }) => node)).size).toBe(running.length);
        const ended = running[(random.next().value ?? 0) % running.length];
        if (!ended) throw new Error('nothing runs although something is wanted');
        done.push(ended);
        running = running.filter((pull) => pull !== ended);
        wanted = wanted.filter(({ node, digest }) => node !== ended.node || digest !== ended.digest);
      }
      expect(done).toHaveLength(all.length);
      expect(new Set(pairs(done).map(String))).toEqual(new Set(all.map(String)));
    }),
  );
});
