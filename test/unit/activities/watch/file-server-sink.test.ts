import type { V1Pod } from '@kubernetes/client-node';
import { pino } from 'pino';
import { fileServerKind } from '../../../../src/activities/watch/file-server-sink';
import type { KindSink } from '../../../../src/activities/watch/kinds';

let sent: string[];
let sink: KindSink;
let namespace: string | null;

beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
  namespace = 'fileservers';
  sink = fileServerKind({
    namespace: () => namespace,
    logger: pino({ enabled: false }),
    async send(username, { changes }) {
      sent.push([username, ...changes.map(({ pod }) => pod?.phase ?? 'gone')].join(' '));
    },
  }).openSink();
});

afterEach(() => jest.useRealTimers());

const hold = () => () => undefined;
const settle = () => jest.advanceTimersByTimeAsync(200);

function aPod(phase: string, place = 'fileservers'): V1Pod {
  const labels = { 'nublado.lsst.io/category': 'fileserver', 'nublado.lsst.io/user': 'rachel' };
  const metadata = { name: 'rachel-fs-x', namespace: place, uid: 'pod', resourceVersion: '1', labels };
  return { metadata, status: { phase } };
}

test('a file server is told when its pod runs, has ended, and is gone', async () => {
  sink.upsert(aPod('Pending'), hold);
  await settle();
  expect(sent).toEqual([]);
  for (const phase of ['Running', 'Succeeded']) {
    sink.upsert(aPod(phase), hold);
    await settle();
  }
  sink.remove(aPod('Succeeded'), hold);
  await settle();

  expect(sent).toEqual(['rachel Running', 'rachel Succeeded', 'rachel gone']);
});

test('a pod that has ended before it was first seen is told', async () => {
  sink.upsert(aPod('Failed'), hold);
  await settle();

  expect(sent).toEqual(['rachel Failed']);
});

test('pods that are labelled so elsewhere, or while file servers are disabled, are ignored', async () => {
  sink.upsert(aPod('Running', 'lab-mallory'), hold);
  namespace = null;
  sink.upsert(aPod('Running'), hold);
  await settle();

  expect(sent).toEqual([]);
});
