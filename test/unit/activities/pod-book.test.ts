import { PodBook } from '../../../src/activities/pod-book';
import type { PodEvent } from '../../../src/domain/pod';
import type { ObservedPodEvent } from '../../../src/objects/reading/pod-event';
import { aPod, aPodEvent } from '../../support/builders';

const pod = aPod('a');

function observed(message: string, count = 1, changes: Partial<PodEvent> = {}): ObservedPodEvent {
  return { uid: `event ${message}`, count, event: aPodEvent(message, { podUid: pod.uid, ...changes }) };
}

let book: PodBook;

beforeEach(() => {
  book = new PodBook();
});

test.each([
  ['a pod that is just there', pod, false],
  ['a pod that runs', pod.running(), true],
  ['a pod that is being deleted', pod.deleting(), true],
  ['a pod that cannot start, with a reason', pod.waiting('ErrImagePull'), true],
])('seen for the first time, %s is news: %j', (_, seen, isNews) => {
  expect(book.see('rachel', seen).isNews).toBe(isNews);
});

test.each([
  ['its phase', pod.running(null), true],
  ['its address', { ...pod, podIp: '10.0.0.1' }, true],
  ['its deletion', pod.deleting(), true],
  ['its reason', pod.waiting('ErrImagePull'), true],
  ['its exit code', { ...pod, exitCode: 1 }, true],
  ['its container, which runs', { ...pod, isLabRunning: true }, true],
  ['nothing but its version', pod.version('200'), false],
])('a change of %s is news: %j', (_, next, isNews) => {
  book.see('rachel', pod);
  expect(book.see('rachel', next).isNews).toBe(isNews);
});

test('a pod that flaps between two reasons is news with each of them once', () => {
  const reasons = ['ErrImagePull', 'ImagePullBackOff', 'ErrImagePull', 'ImagePullBackOff'];
  const news = reasons.map((reason) => book.see('rachel', pod.waiting(reason)).isNews);

  expect(news).toEqual([true, true, false, false]);
});

test('an obstacle that is overcome is news, and news again when it comes back', () => {
  const states = [pod.waiting('ErrImagePull'), pod.starting(), pod.starting(), pod.waiting('ErrImagePull')];

  expect(states.map((state) => book.see('rachel', state).isNews)).toEqual([true, true, false, true]);
});

test('a container that crashes before it runs is news, and so is its first run', () => {
  const states = [pod.starting('Running'), pod.crashed(1), pod.running('10.0.0.1')];

  expect(states.map((state) => book.see('rachel', state).isNews)).toEqual([true, true, true]);
});

test('each end and each return of a container that has run is news, and its last end', () => {
  book.see('rachel', pod.running());
  const states = [
    pod.running().retried(137, 'OOMKilled'),
    pod.running().retried(137, 'OOMKilled').version('300'),
    pod.running().restarted(),
    pod.running().restarted().restarted(),
    pod.running().restarted().restarted().labEnded(0),
  ];

  const news = states.map((state) => book.see('rachel', { ...state, podIp: '10.0.0.1' }).isNews);
  expect(news).toEqual([true, false, true, true, true]);
});

test.each([
  ['a lab that has ended beside others', pod.running().labEnded(0)],
  ['a lab that runs while another container waits', { ...pod.running(), phase: 'Pending' } as const],
])('seen for the first time, %s is news', (_, seen) => {
  expect(book.see('rachel', seen).isNews).toBe(true);
});

test('what other containers do beside a lab that has run is no news, nor is its own readiness', () => {
  book.see('rachel', pod.running());
  const unready = { ...pod.running().besideTrouble(1, 'no certificate'), podIp: '10.0.0.1' };
  const states = [unready, pod.running()];

  expect(states.map((state) => book.see('rachel', { ...state, phase: 'Running' }).isNews)).toEqual([
    false,
    false,
  ]);
});

test('how containers end in a pod that is being deleted is no news', () => {
  book.see('rachel', pod.running());
  book.see('rachel', pod.running().deleting());

  expect(book.see('rachel', pod.running().deleting().labEnded(0)).isNews).toBe(false);
});

test('a spawn without trouble is news with its phase, and when the lab is ready', () => {
  const waiting = { state: 'waiting', restarts: 0 } as const;
  const states = [pod, { ...pod, lab: waiting }, { ...pod.running(), isLabRunning: false }, pod.running()];

  expect(states.map((state) => book.see('rachel', state).isNews)).toEqual([false, false, true, true]);
});

test('that a running pod is about to be evicted is news', () => {
  book.see('rachel', pod.running());

  expect(book.see('rachel', pod.running().disrupted('EvictionByEvictionAPI')).isNews).toBe(true);
});

test('a pod that is not in a complete list is gone, once', () => {
  const other = aPod('b').running();
  book.see('rachel', pod);
  book.see('ross', other);

  expect(book.missingFrom(new Set([other.uid]))).toEqual([{ username: 'rachel', uid: pod.uid }]);
  expect(book.missingFrom(new Set([other.uid]))).toEqual([]);
});

test('a pod that was lost is not missing', () => {
  book.see('rachel', pod);
  book.lose(pod.uid);

  expect(book.missingFrom(new Set())).toEqual([]);
});

test('an event about a starting pod is for its lab', () => {
  book.see('rachel', pod);
  const { event, ...rest } = observed('Pulling');

  expect(book.hear({ event, ...rest })).toEqual({ username: 'rachel', event });
});

test('an event about a pod that has started is for nobody', () => {
  book.see('rachel', pod.running());
  expect(book.hear(observed('Pulling'))).toBeNull();
});

test('an event about a lab that runs is for nobody, also while its pod waits for another container', () => {
  book.see('rachel', { ...pod.running(), phase: 'Pending' });
  expect(book.hear(observed('Back-off pulling image'))).toBeNull();
});

test('an occurrence is passed on once, the next one again', () => {
  book.see('rachel', pod);
  const counts = [1, 1, 3, 2, 3, 4].map((count) => book.hear(observed('Back-off', count)) !== null);

  expect(counts).toEqual([true, false, true, false, false, true]);
});

test('events that come before their pod wait for it, in order', () => {
  expect(book.hear(observed('Scheduled'))).toBeNull();
  expect(book.hear(observed('foreign', 1, { podUid: 'foreign' }))).toBeNull();
  expect(book.hear(observed('Pulling'))).toBeNull();

  expect(book.see('rachel', pod).events.map(({ message }) => message)).toEqual(['Scheduled', 'Pulling']);
  expect(book.see('rachel', pod.waiting('x')).events).toEqual([]);
});

test('of the events that wait for their pods the latest thousand are kept', () => {
  for (let n = 1; n <= 1_005; n += 1) book.hear(observed(`event ${n}`));
  const { events } = book.see('rachel', pod);

  expect(events).toHaveLength(1_000);
  expect(events[0]?.message).toBe('event 6');
});
