import { endOfPod, isNewer } from '../../../src/domain/pod';
import { aPod } from '../../support/builders';

test.each([
  ['9', '10', false],
  ['10', '9', true],
  ['10', '10', false],
  ['90000000000000000000001', '90000000000000000000000', true],
])('version %s is newer than %s: %s', (candidate, known, expected) => {
  expect(isNewer(aPod().version(candidate), aPod().version(known))).toBe(expected);
});

test('what cannot be compared counts as newer', () => {
  expect(isNewer(aPod('a').version('1'), aPod('b').version('2'))).toBe(true);
  expect(isNewer(aPod().version(''), aPod().version('2'))).toBe(true);
  expect(isNewer(aPod().version('1'), aPod().version('two'))).toBe(true);
});

test.each([
  ['The lab pod failed: OOMKilled, exit code 137', aPod().failed('OOMKilled', 137)],
  ['The lab pod failed', aPod().failed()],
  ['The lab pod finished: Completed, exit code 0', aPod().succeeded()],
])('%s', (sentence, pod) => {
  expect(endOfPod(pod)).toBe(sentence);
});

test('another container that ended a pod is named', () => {
  expect(endOfPod(aPod().crashed(2, 'Error', 'prepare'))).toContain(
    ': init container prepare, Error, exit code 2',
  );
  expect(endOfPod(aPod().besideTrouble(2, 'no'))).toContain(': container mesh-proxy, Error, no, exit code 2');
});

test('the container’s own words are part of how a pod ended', () => {
  const pod = { ...aPod().failed('Evicted'), message: 'low on memory' };
  expect(endOfPod(pod)).toBe('The lab pod failed: Evicted, low on memory');
});
