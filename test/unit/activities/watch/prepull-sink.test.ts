import type { V1Pod } from '@kubernetes/client-node';
import { pino } from 'pino';
import type { KindSink } from '../../../../src/activities/watch/kinds';
import { prepullKind } from '../../../../src/activities/watch/prepull-sink';

let sent: string[][];
let transport: () => Promise<void>;
let failures: number;
let sink: KindSink;
/** Changes that are neither delivered nor given up. */
let held: number;

beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
  failures = 0;
  held = 0;
  transport = async () => undefined;
  const kind = prepullKind({
    namespace: 'nublado',
    async send({ changes }) {
      await transport();
      sent.push(changes.map(({ pod }) => (pod ? (pod.reason ?? pod.phase) : 'gone')));
    },
    logger: pino({ level: 'warn' }, { write: () => void (failures += 1) }),
  });
  sink = kind.openSink();
});

const hold = () => {
  held += 1;
  return () => void (held -= 1);
};

afterEach(() => jest.useRealTimers());

/** Lets what waits be told. */
const settle = () => jest.advanceTimersByTimeAsync(200);

function aPrepullPod(status: V1Pod['status'], uid = 'a', namespace = 'nublado'): V1Pod {
  const labels = { 'nublado.lsst.io/category': 'prepuller' };
  return { metadata: { name: `prepull-${uid}`, namespace, uid, resourceVersion: '1', labels }, status };
}

const stuck = (reason: string) => ({
  phase: 'Pending',
  containerStatuses: [
    {
      name: 'prepull',
      image: 'i',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { waiting: { reason } },
    },
  ],
});

test('the end of a pod is sent, earlier states are not', async () => {
  for (const phase of ['Pending', 'Running', 'Succeeded', 'Succeeded'])
    sink.upsert(aPrepullPod({ phase }), hold);
  expect(held).toBe(1);
  await settle();

  expect(sent).toEqual([['Succeeded']]);
  expect(held).toBe(0);
});

test('an obstacle is sent once, also when it alternates, and its end', async () => {
  for (const reason of ['ErrImagePull', 'ImagePullBackOff', 'ErrImagePull'])
    sink.upsert(aPrepullPod(stuck(reason)), hold);
  await settle();
  sink.upsert(aPrepullPod({ phase: 'Running' }), hold);
  await settle();

  expect(sent).toEqual([['ErrImagePull'], ['Running']]);
});

test('a pod that is gone before its end is sent, one that had ended is not', async () => {
  sink.upsert(aPrepullPod({ phase: 'Pending' }, 'a'), hold);
  sink.remove(aPrepullPod({ phase: 'Pending' }, 'a'), hold);
  sink.recall(aPrepullPod({ phase: 'Succeeded' }, 'b'));
  sink.remove(aPrepullPod({ phase: 'Succeeded' }, 'b'), hold);
  await settle();

  expect(sent).toEqual([['gone']]);
});

test('a pod that a list lacks is gone', async () => {
  sink.recall(aPrepullPod({ phase: 'Pending' }, 'a'));
  sink.recall(aPrepullPod({ phase: 'Pending' }, 'b'));
  sink.retain(new Set(['b']), hold);
  await settle();

  expect(sent).toEqual([['gone']]);
});

test('concurrent changes are sent together, and those that an earlier watch has sent are not repeated', async () => {
  sink.recall(aPrepullPod({ phase: 'Succeeded' }, 'a'));
  for (const uid of ['a', 'b', 'c']) sink.upsert(aPrepullPod({ phase: 'Succeeded' }, uid), hold);
  await settle();

  expect(sent).toEqual([['Succeeded', 'Succeeded']]);
});

test('pods in another namespace are ignored', async () => {
  sink.upsert(aPrepullPod({ phase: 'Failed' }, 'a', 'elsewhere'), hold);
  sink.remove(aPrepullPod({ phase: 'Failed' }, 'a', 'elsewhere'), hold);
  await settle();

  expect(sent).toEqual([]);
});

test('undelivered updates are sent again', async () => {
  transport = async () => {
    transport = async () => undefined;
    throw new Error('away');
  };
  sink.upsert(aPrepullPod({ phase: 'Succeeded' }), hold);
  await jest.advanceTimersByTimeAsync(2_000);

  expect(failures).toBe(1);
  expect(sent).toEqual([['Succeeded']]);
});
