import * as fc from 'fast-check';
import { prepullPodName } from '../../../src/domain/prepull-pod-name';

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
])('the pod for %p on %p has a name that says so and a hash', (tag, node, name) => {
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
