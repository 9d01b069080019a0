import type { V1Pod } from '@kubernetes/client-node';
import { pino } from 'pino';
import type { KindSink } from '../../../../src/activities/watch/kinds';
import { labKind } from '../../../../src/activities/watch/lab-sink';
import { aPodEvent } from '../../../support/builders';
import { observer } from '../../../support/sealing';

let sent: string[];
let sink: KindSink;
/** Changes and events that are neither delivered nor given up. */
let held: number;

beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
  held = 0;
  const kind = labKind({
    observer,
    logger: pino({ enabled: false }),
    async send(username, { changes, events }) {
      const states = changes.map(({ pod }) => (pod ? pod.phase : 'gone'));
      sent.push([username, ...events.map(({ message }) => message), ...states].join(' '));
    },
  });
  sink = kind.openSink();
});

afterEach(() => jest.useRealTimers());

const hold = () => {
  held += 1;
  return () => void (held -= 1);
};

const settle = () => jest.advanceTimersByTimeAsync(200);

function aLabPod(phase: string, user = 'rachel'): V1Pod {
  const labels = { 'nublado.lsst.io/category': 'lab', 'nublado.lsst.io/user': user };
  return {
    metadata: { name: `${user}-nb`, uid: `uid-${user}`, resourceVersion: '1', labels },
    status: { phase },
  };
}

const event = (message: string) => ({
  uid: message,
  count: 1,
  event: aPodEvent(message, { podUid: 'uid-rachel' }),
});

test('a pod, the events about it and its end are sent to its lab, and hold the checkpoint until then', async () => {
  sink.upsert(aLabPod('Pending'), hold);
  sink.recordEvent?.(event('Pulling'), hold);
  expect(held).toBe(1);
  sink.upsert(aLabPod('Running'), hold);
  sink.remove(aLabPod('Running'), hold);
  expect(held).toBe(3);
  await settle();

  expect(sent).toEqual(['rachel Pulling Running', 'rachel gone']);
  expect(held).toBe(0);
});

test.each<[string, (pod: V1Pod) => void]>([
  ['is there', (pod) => sink.upsert(pod, hold)],
  ['was handled by the attempt before', (pod) => sink.recall(pod)],
])('an event that comes before its pod is sent once the pod %s', async (_, record) => {
  sink.recordEvent?.(event('Scheduled'), hold);
  await settle();
  expect(sent).toEqual([]);
  record(aLabPod('Pending'));
  await settle();

  expect(sent).toEqual(['rachel Scheduled']);
  expect(held).toBe(0);
});

test('a pod that was recalled and that a list lacks is gone', async () => {
  sink.recall(aLabPod('Running'));
  sink.retain(new Set(), hold);
  await settle();

  expect(sent).toEqual(['rachel gone']);
});

test('a lab pod without a user is ignored', async () => {
  const { metadata, ...rest } = aLabPod('Running');
  const pod = { ...rest, metadata: { ...metadata, labels: { 'nublado.lsst.io/category': 'lab' } } };
  sink.upsert(pod, hold);
  sink.remove(pod, hold);
  await settle();

  expect(sent).toEqual([]);
  expect(held).toBe(0);
});
