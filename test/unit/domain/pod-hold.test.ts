import { holdText } from '../../../src/domain/pod-hold';
import { aPod } from '../../support/builders';

test('a lost node is told with what happens next', () => {
  const pod = aPod().running().deleting().onLostNode('node-1');

  expect(holdText(pod, 300_000)).toBe(
    'Node node-1 of the lab cannot be reached, so its pod does not end. The pod is removed without it after 300s; an operator can force the shutdown earlier.',
  );
  expect(holdText(pod, null)).toContain('An operator has to bring the node back, or to force the shutdown.');
});

test('a finalizer of a pod that has ended is told by name', () => {
  expect(holdText({ ...aPod().succeeded().deleting(), finalizers: ['example.com/hold'] }, null)).toBe(
    'The pod of the lab is kept by finalizer example.com/hold. An operator has to mend the controller that it belongs to, or remove it.',
  );
});

test('a pod that takes its time is kept by nothing', () => {
  expect(holdText(aPod().running().deleting(), 300_000)).toBeNull();
  expect(holdText({ ...aPod().running().deleting(), finalizers: ['example.com/hold'] }, 300_000)).toBeNull();
});
