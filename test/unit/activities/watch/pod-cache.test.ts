import { PodCache } from '../../../../src/activities/watch/pod-cache';
import type { PodEvent } from '../../../../src/domain/pod';
import type { ObservedPodEvent } from '../../../../src/objects/reading/pod-event';
import { aPod, aPodEvent } from '../../../support/builders';

const pod = aPod('a');

function observed(message: string, count = 1, changes: Partial<PodEvent> = {}): ObservedPodEvent {
  return { uid: `event ${message}`, count, event: aPodEvent(message, { podUid: pod.uid, ...changes }) };
}

let cache: PodCache;
let nowMs: number;
/** The messages of events that hold the checkpoint. */
let held: string[];

beforeEach(() => {
  nowMs = 0;
  held = [];
  cache = new PodCache(() => nowMs);
});

/** Records an event; a hold is seen in `held`. */
const recordEvent = (event: ObservedPodEvent) =>
  cache.recordEvent(event, () => {
    const { message } = event.event;
    held.push(message);
    return () => {
      held = held.filter((other) => other !== message);
    };
  });

test.each([
  ['a pod that is just there', pod, false],
  ['a pod that runs', pod.running(), true],
  ['a pod that is being deleted', pod.deleting(), true],
  ['a pod that cannot start, with a reason', pod.waiting('ErrImagePull'), true],
  ['a pod with a home directory that is almost full', pod.homeWarned(), true],
])('observed for the first time, %s is sent: %j', (_, observed, isChanged) => {
  expect(cache.upsert('rachel', observed).isChanged).toBe(isChanged);
});

test.each([
  ['its phase', pod.running(null), true],
  ['its address', { ...pod, podIp: '10.0.0.1' }, true],
  ['its deletion', pod.deleting(), true],
  ['its reason', pod.waiting('ErrImagePull'), true],
  ['its exit code', { ...pod, exitCode: 1 }, true],
  ['its container, which runs', { ...pod, isLabRunning: true }, true],
  ['what its home directory lacks', pod.homeWarned(), true],
  ['nothing but its version', pod.version('200'), false],
])('a change of %s is sent: %j', (_, next, isChanged) => {
  cache.upsert('rachel', pod);
  expect(cache.upsert('rachel', next).isChanged).toBe(isChanged);
});

test('a pod that alternates between two reasons is sent once with each of them', () => {
  const reasons = ['ErrImagePull', 'ImagePullBackOff', 'ErrImagePull', 'ImagePullBackOff'];
  const news = reasons.map((reason) => cache.upsert('rachel', pod.waiting(reason)).isChanged);

  expect(news).toEqual([true, true, false, false]);
});

test('the end of an obstacle is sent, and the obstacle again when it comes back', () => {
  const states = [pod.waiting('ErrImagePull'), pod.starting(), pod.starting(), pod.waiting('ErrImagePull')];

  expect(states.map((state) => cache.upsert('rachel', state).isChanged)).toEqual([true, true, false, true]);
});

test('a crash of a container before it runs is sent, and so is its first run', () => {
  const states = [pod.starting('Running'), pod.crashed(1), pod.running('10.0.0.1')];

  expect(states.map((state) => cache.upsert('rachel', state).isChanged)).toEqual([true, true, true]);
});

test('each end and each restart of a container that has run is sent, and its last end', () => {
  cache.upsert('rachel', pod.running());
  const states = [
    pod.running().retried(137, 'OOMKilled'),
    pod.running().retried(137, 'OOMKilled').version('300'),
    pod.running().restarted(),
    pod.running().restarted().restarted(),
    pod.running().restarted().restarted().labEnded(0),
  ];

  const news = states.map((state) => cache.upsert('rachel', { ...state, podIp: '10.0.0.1' }).isChanged);
  expect(news).toEqual([true, false, true, true, true]);
});

test.each([
  ['a lab that has ended beside others', pod.running().labEnded(0)],
  ['a lab that runs while another container waits', { ...pod.running(), phase: 'Pending' } as const],
])('observed for the first time, %s is sent', (_, observed) => {
  expect(cache.upsert('rachel', observed).isChanged).toBe(true);
});

test('changes of other containers beside a lab that has run are not sent, nor is its own readiness', () => {
  cache.upsert('rachel', pod.running());
  const unready = { ...pod.running().besideTrouble(1, 'no certificate'), podIp: '10.0.0.1' };
  const states = [unready, pod.running()];

  expect(states.map((state) => cache.upsert('rachel', { ...state, phase: 'Running' }).isChanged)).toEqual([
    false,
    false,
  ]);
});

test('ends of containers in a pod that is being deleted are not sent', () => {
  cache.upsert('rachel', pod.running());
  cache.upsert('rachel', pod.running().deleting());

  expect(cache.upsert('rachel', pod.running().deleting().labEnded(0)).isChanged).toBe(false);
});

test('a spawn without obstacles is sent with its phase, and when the lab is ready', () => {
  const waiting = { state: 'waiting', restarts: 0 } as const;
  const states = [pod, { ...pod, lab: waiting }, { ...pod.running(), isLabRunning: false }, pod.running()];

  expect(states.map((state) => cache.upsert('rachel', state).isChanged)).toEqual([false, false, true, true]);
});

test('a coming eviction of a running pod is sent', () => {
  cache.upsert('rachel', pod.running());

  expect(cache.upsert('rachel', pod.running().disrupted('EvictionByEvictionAPI')).isChanged).toBe(true);
});

test('a pod that is not in a complete list is gone, once', () => {
  const other = aPod('b').running();
  cache.upsert('rachel', pod);
  cache.upsert('ross', other);

  expect(cache.retain(new Set([other.uid]))).toEqual([{ username: 'rachel', uid: pod.uid }]);
  expect(cache.retain(new Set([other.uid]))).toEqual([]);
});

test('a pod that was removed is not missing', () => {
  cache.upsert('rachel', pod);
  cache.remove(pod.uid);

  expect(cache.retain(new Set())).toEqual([]);
});

test('an event about a starting pod is sent to its lab', () => {
  cache.upsert('rachel', pod);
  const { event, ...rest } = observed('Pulling');

  expect(recordEvent({ event, ...rest })).toEqual({ username: 'rachel', event });
});

test('an event about a pod that has started is not sent', () => {
  cache.upsert('rachel', pod.running());
  expect(recordEvent(observed('Pulling'))).toBeNull();
});

test('an event about a lab that runs is not sent, also while its pod waits for another container', () => {
  cache.upsert('rachel', { ...pod.running(), phase: 'Pending' });
  expect(recordEvent(observed('Back-off pulling image'))).toBeNull();
});

test('an occurrence is sent once, the next one again', () => {
  cache.upsert('rachel', pod);
  const counts = [1, 1, 3, 2, 3, 4].map((count) => recordEvent(observed('Back-off', count)) !== null);

  expect(counts).toEqual([true, false, true, false, false, true]);
});

test('events that come before their pod wait for it, in order', () => {
  expect(recordEvent(observed('Scheduled'))).toBeNull();
  expect(recordEvent(observed('foreign', 1, { podUid: 'foreign' }))).toBeNull();
  expect(recordEvent(observed('Pulling'))).toBeNull();

  expect(cache.upsert('rachel', pod).events.map(({ event }) => event.message)).toEqual([
    'Scheduled',
    'Pulling',
  ]);
  expect(cache.upsert('rachel', pod.waiting('x')).events).toEqual([]);
});

test('of the events that wait for their pods the latest thousand are kept', () => {
  for (let n = 1; n <= 1_005; n += 1) recordEvent(observed(`event ${n}`));
  const { events } = cache.upsert('rachel', pod);

  expect(events).toHaveLength(1_000);
  expect(events[0]?.event.message).toBe('event 6');
  expect(held).toHaveLength(1_000);
});

test('an event holds the checkpoint until its pod is there and it has been sent', () => {
  recordEvent(observed('Scheduled'));
  expect(held).toEqual(['Scheduled']);
  const { events } = cache.upsert('rachel', pod);
  expect(held).toEqual(['Scheduled']);
  for (const { release } of events) release();

  expect(held).toEqual([]);
});

test('an event of a pod that runs when it is there holds the checkpoint no more', () => {
  recordEvent(observed('Pulling'));

  expect(cache.upsert('rachel', pod.running()).events).toEqual([]);
  expect(held).toEqual([]);
});

test('events of pods that are no labs hold the checkpoint for two seconds, and are kept for their pods', () => {
  recordEvent(observed('Scheduled'));
  nowMs = 1_000;
  recordEvent(observed('foreign', 1, { podUid: 'foreign' }));
  nowMs = 2_000;
  cache.releaseStale();
  expect(held).toEqual(['foreign']);
  nowMs = 3_000;
  cache.releaseStale();

  expect(held).toEqual([]);
  expect(cache.upsert('rachel', pod).events).toHaveLength(1);
});
