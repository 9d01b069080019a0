import { PodTracker } from '../../../../src/workflows/lifecycle/object-tracker';
import { aPod } from '../../../support/builders';

const pod = aPod('spawn-1', 'pod-1');

function aTracker(): PodTracker {
  const tracker = new PodTracker();
  tracker.expect('spawn-1');
  return tracker;
}

test('what was created for something else, or is not the one that is followed, is not observed', () => {
  const tracker = aTracker();
  tracker.observe(aPod('spawn-2', 'pod-2'));
  tracker.observe(aPod(null, 'pod-3'));

  expect(tracker.latest).toBeNull();
  expect(tracker.revision).toBe(0);
});

test('an observation with an older resource version changes nothing', () => {
  const tracker = aTracker();
  tracker.observe(pod.running().version('200'));
  tracker.observe(pod.version('150'));

  expect(tracker.latest?.resourceVersion).toBe('200');
  expect(tracker.revision).toBe(1);
});

test('a deletion is recorded that comes before the object is known', () => {
  const tracker = aTracker();
  tracker.observeChange({ pod: null, uid: 'pod-1' });
  expect(tracker.isGone).toBe(false);
  tracker.follow('pod-1');

  expect(tracker.isGone).toBe(true);
});

test('a read that began at the present revision replaces what claims to be newer', () => {
  const tracker = aTracker();
  tracker.observe(pod.running('10.66.66.66').version('999999'));
  tracker.observeReadSince(tracker.revision, pod.running('10.0.0.1'));

  expect(tracker.latest?.podIp).toBe('10.0.0.1');
});

test('a read during which there was an observation does not replace a newer one', () => {
  const tracker = aTracker();
  const { revision } = tracker;
  tracker.observe(pod.running('10.0.0.2').version('999'));
  tracker.observeReadSince(revision, pod.running('10.0.0.1'));

  expect(tracker.latest?.podIp).toBe('10.0.0.2');
});

test('a read of the same state is no change', () => {
  const tracker = aTracker();
  tracker.observe(pod.running());
  const { revision } = tracker;
  tracker.observeReadSince(revision, pod.running());

  expect(tracker.revision).toBe(revision);
});

test('a read without a result means that the object is gone, and its last state stays known', () => {
  const tracker = aTracker();
  tracker.observe(pod.succeeded());
  tracker.observeRead(null);
  tracker.observeRead(null);

  expect(tracker.isGone).toBe(true);
  expect(tracker.hasFinished).toBe(true);
  expect(tracker.revision).toBe(2);
});

test('a read is asked for until one begins', () => {
  const tracker = aTracker();
  tracker.requestRead();
  expect(tracker.needsRead).toBe(true);
  tracker.beginRead();

  expect(tracker.needsRead).toBe(false);
});
