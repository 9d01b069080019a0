import type { V1Pod } from '@kubernetes/client-node';
import { PullWatch } from '../../../src/activities/pull-watch';

let told: string[][];
let transport: () => Promise<void>;
let failures: number;
let watch: PullWatch;

beforeEach(() => {
  jest.useFakeTimers();
  told = [];
  failures = 0;
  transport = async () => undefined;
  watch = new PullWatch({
    namespace: 'nublado',
    async send({ changes }) {
      await transport();
      told.push(changes.map(({ pod }) => (pod ? (pod.reason ?? pod.phase) : 'gone')));
    },
    onFailure: () => {
      failures += 1;
    },
  });
});

afterEach(() => jest.useRealTimers());

/** Lets what waits be told. */
const settle = () => jest.advanceTimersByTimeAsync(200);

function aPrepullPod(
  status: V1Pod['status'],
  uid = 'a',
  namespace = 'nublado',
  category = 'prepuller',
): V1Pod {
  const labels = { 'nublado.lsst.io/category': category };
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

test('the end of a pod is told, its way there not', async () => {
  for (const phase of ['Pending', 'Running', 'Succeeded', 'Succeeded']) watch.see(aPrepullPod({ phase }));
  expect(watch.isIdle).toBe(false);
  await settle();

  expect(told).toEqual([['Succeeded']]);
  expect(watch.isIdle).toBe(true);
});

test('trouble is told once, however it flaps, and that it is over', async () => {
  for (const reason of ['ErrImagePull', 'ImagePullBackOff', 'ErrImagePull'])
    watch.see(aPrepullPod(stuck(reason)));
  await settle();
  watch.see(aPrepullPod({ phase: 'Running' }));
  await settle();

  expect(told).toEqual([['ErrImagePull'], ['Running']]);
});

test('a pod that is gone before its end is told, one that had ended not', async () => {
  watch.see(aPrepullPod({ phase: 'Pending' }, 'a'));
  watch.lose(aPrepullPod({ phase: 'Pending' }, 'a'));
  watch.recall(aPrepullPod({ phase: 'Succeeded' }, 'b'));
  watch.lose(aPrepullPod({ phase: 'Succeeded' }, 'b'));
  await settle();

  expect(told).toEqual([['gone']]);
});

test('a pod that a list lacks is gone', async () => {
  watch.recall(aPrepullPod({ phase: 'Pending' }, 'a'));
  watch.recall(aPrepullPod({ phase: 'Pending' }, 'b'));
  watch.keep(new Set(['b']));
  await settle();

  expect(told).toEqual([['gone']]);
});

test('what happens together is told together, and what an earlier watch has told not again', async () => {
  watch.recall(aPrepullPod({ phase: 'Succeeded' }, 'a'));
  for (const uid of ['a', 'b', 'c']) watch.see(aPrepullPod({ phase: 'Succeeded' }, uid));
  await settle();

  expect(told).toEqual([['Succeeded', 'Succeeded']]);
});

test.each([
  ['in another namespace', aPrepullPod({ phase: 'Failed' }, 'a', 'elsewhere')],
  ['of a lab', aPrepullPod({ phase: 'Failed' }, 'a', 'nublado', 'lab')],
])('pods %s are none of its business', async (_, pod) => {
  watch.see(pod);
  watch.lose(pod);
  await settle();

  expect(told).toEqual([]);
});

test('news that could not be delivered is sent again', async () => {
  transport = async () => {
    transport = async () => undefined;
    throw new Error('away');
  };
  watch.see(aPrepullPod({ phase: 'Succeeded' }));
  await jest.advanceTimersByTimeAsync(2_000);

  expect(failures).toBe(1);
  expect(told).toEqual([['Succeeded']]);
});
