import { ApplicationFailure } from '@temporalio/common';
import { prepullPodName } from '../../src/domain/prepull';
import { eventually } from '../support/eventually';
import { type PrepullHarness, type PrepullUnderTest, startPrepullHarness } from '../support/prepull-harness';

let harness: PrepullHarness;

beforeAll(async () => {
  harness = await startPrepullHarness();
});

afterAll(() => harness.close(), 30_000);

const imageOf = (tag: string, node: string) => ({ node, digest: `sha256:${tag}` });

test('each node pulls one image after the other and waits for no other node', async () => {
  const prepulling = harness.prepulling();
  await prepulling.want(['a to n1', 'b to n1', 'a to n2']);
  await prepulling.untilCreated('a to n1', 'a to n2');
  await prepulling.pulls('n1');
  await prepulling.untilCreated('a to n1', 'a to n2', 'b to n1');
  await prepulling.pulls('n1');
  await prepulling.pulls('n2');

  expect(await prepulling.untilClosed()).toBe('COMPLETED');
  expect(prepulling.cluster).toMatchObject({ overrun: [], pods: new Map() });
  expect(await prepulling.report()).toEqual({ running: [], failed: [], failedCount: 0, waiting: 0, done: 3 });
  expect(await prepulling.pulled()).toEqual(
    expect.arrayContaining([imageOf('a', 'n1'), imageOf('b', 'n1'), imageOf('a', 'n2')]),
  );
  prepulling.record('prepull');
});

test('a pull costs one create, one delete and one signal', async () => {
  const prepulling = harness.prepulling();
  prepulling.cluster.isFast = true;
  await prepulling.want(['a to n1', 'b to n2', 'c to n3']);
  await prepulling.untilClosed();

  const { cluster } = prepulling;
  expect([cluster.count('create'), cluster.count('delete'), cluster.count('read')]).toEqual([3, 3, 1]);
});

test('a pod of another pull that has the name of a pull’s pod is removed, and the pull goes on', async () => {
  const prepulling = harness.prepulling();
  const { cluster } = prepulling;
  await prepulling.want(['first to n1', 'a to n2']);
  await prepulling.untilCreated('first to n1', 'a to n2');
  cluster.leave(prepullPodName('second', 'n1'));
  await prepulling.want(['second to n1']);
  await prepulling.pulls('n1');
  await prepulling.untilCreated('first to n1', 'a to n2', 'second to n1');
  await prepulling.pulls('n1');
  await prepulling.pulls('n2');

  expect(await prepulling.untilClosed()).toBe('COMPLETED');
  expect(cluster.pods).toEqual(new Map());
});

test('no more pulls run at a time than the bound allows', async () => {
  const prepulling = harness.prepulling();
  prepulling.cluster.isFast = true;
  await prepulling.want(
    ['1', '2', '3', '4', '5', '6', '7'].map((node) => `a to n${node}`),
    { bound: 2 },
  );
  await prepulling.untilClosed();

  expect(prepulling.cluster.created).toHaveLength(7);
  expect(prepulling.cluster.busiest).toBeLessThanOrEqual(2);
});

test('a new list drops what has not begun, lets finish what runs, and begins what is new', async () => {
  const prepulling = harness.prepulling();
  await prepulling.want(['a to n1', 'obsolete to n1', 'a to n2']);
  await prepulling.untilCreated('a to n1', 'a to n2');
  await prepulling.want(['new to n1', 'new to n3']);
  await prepulling.untilCreated('a to n1', 'a to n2', 'new to n3');
  await prepulling.pulls('n1');
  await prepulling.untilCreated('a to n1', 'a to n2', 'new to n3', 'new to n1');
  for (const node of ['n1', 'n2', 'n3']) await prepulling.pulls(node);

  expect(await prepulling.untilClosed()).toBe('COMPLETED');
  expect(prepulling.cluster.created).not.toContain('obsolete to n1');
  prepulling.record('prepull-new-list');
});

test('what was pulled just now is not pulled again for a list that was made before, only for the next', async () => {
  const prepulling = harness.prepulling();
  await prepulling.want(['a to n1', 'a to n2']);
  await prepulling.untilCreated('a to n1', 'a to n2');
  await prepulling.pulls('n1');
  await prepulling.untilReported(({ done }) => done === 1);
  expect(await prepulling.pulled()).toEqual([imageOf('a', 'n1')]);

  await prepulling.want(['a to n1', 'a to n2', 'b to n3']);
  await prepulling.untilCreated('a to n1', 'a to n2', 'b to n3');
  await prepulling.want(['a to n1', 'a to n2', 'b to n3']);
  await prepulling.untilCreated('a to n1', 'a to n1', 'a to n2', 'b to n3');
  const pulled = await eventually(
    () => prepulling.pulled(),
    (pulled) => pulled.length === 0,
  );
  expect(pulled).toEqual([]);
});

test('an empty list ends prepulling without a request for a pod', async () => {
  const prepulling = harness.prepulling();
  await prepulling.want([]);

  expect(await prepulling.untilClosed()).toBe('COMPLETED');
  expect(prepulling.cluster.count('create')).toBe(0);
});

describe('a failed pull', () => {
  test('a failed pull is reported, retried after growing delays, and dropped once it succeeds', async () => {
    const prepulling = harness.prepulling();
    await prepulling.want(['a to n1'], { retryMs: 300 });
    await prepulling.untilCreated('a to n1');
    await prepulling.podBecomes('n1', (pod) => pod.evicted('low on memory'));
    await prepulling.untilCreated('a to n1', 'a to n1');
    await prepulling.podBecomes('n1', (pod) => pod.evicted('low on memory'));
    const before = Date.now();
    const { failed } = await prepulling.untilReported(({ failed }) => failed[0]?.attempts === 2);
    expect(failed).toEqual([
      {
        node: 'n1',
        reference: 'registry.test/lab:a@sha256:a',
        reason: 'The pod failed: Evicted, low on memory, exit code 137',
        attempts: 2,
        nextTryAt: expect.any(String),
      },
    ]);
    expect(Date.parse(failed[0]?.nextTryAt ?? '')).toBeGreaterThan(before + 300);

    await prepulling.untilCreated('a to n1', 'a to n1', 'a to n1');
    await prepulling.pulls('n1');
    expect(await prepulling.untilClosed()).toBe('COMPLETED');
    expect(await prepulling.report()).toMatchObject({ failed: [], done: 1 });
    prepulling.record('prepull-retried');
  });

  test('a failed pull hinders neither the next image of its node nor another node', async () => {
    const prepulling = harness.prepulling();
    await prepulling.want(['bad to n1', 'a to n1']);
    await prepulling.untilCreated('bad to n1');
    await prepulling.podBecomes('n1', (pod) => pod.failed());
    await prepulling.untilCreated('bad to n1', 'a to n1');
    await prepulling.pulls('n1');
    await prepulling.untilReported(({ done, failed }) => done === 1 && failed.length === 1);

    expect(prepulling.cluster.pods.size).toBe(0);
  });

  test('a failed pull keeps its delay over a new list, and is dropped with a list that lacks it', async () => {
    const prepulling = harness.prepulling();
    await prepulling.want(['bad to n1', 'a to n2']);
    await prepulling.untilCreated('bad to n1', 'a to n2');
    await prepulling.podBecomes('n1', (pod) => pod.failed());
    const { failed } = await prepulling.untilReported(({ failed }) => failed.length === 1);
    await prepulling.want(['bad to n1', 'a to n2', 'b to n3']);
    await prepulling.untilCreated('bad to n1', 'a to n2', 'b to n3');
    expect((await prepulling.report())?.failed).toEqual(failed);

    await prepulling.want([]);
    await prepulling.pulls('n2');
    await prepulling.pulls('n3');
    expect(await prepulling.untilClosed()).toBe('COMPLETED');
    expect((await prepulling.report())?.failed).toEqual([]);
  });

  test('a failed pull is retried at once by an operator’s order', async () => {
    const prepulling = harness.prepulling();
    await prepulling.want(['a to n1']);
    await prepulling.untilCreated('a to n1');
    await prepulling.podBecomes('n1', (pod) => pod.failed());
    await prepulling.untilReported(({ failed }) => failed.length === 1);
    await prepulling.handle.signal('retryPulls');
    await prepulling.untilCreated('a to n1', 'a to n1');

    expect(await prepulling.report()).toMatchObject({ failed: [{ attempts: 1 }] });
  });

  test.each([
    [
      'whose image cannot be pulled',
      'ErrImagePull',
      'The image could not be pulled: ErrImagePull, not found',
    ],
    [
      'whose image has no valid name',
      'InvalidImageName',
      'The image could not be pulled: InvalidImageName, not found',
    ],
  ])('a failed pull is one %s', async (_, trouble, reason) => {
    const prepulling = harness.prepulling();
    await prepulling.want(['a to n1'], { imagePullPatienceMs: 200 });
    await prepulling.untilCreated('a to n1');
    await prepulling.podBecomes('n1', (pod) => pod.waiting(trouble, 'not found', 'prepull'));

    const { failed } = await prepulling.untilReported(({ failed }) => failed.length === 1);
    expect(failed[0]).toMatchObject({ reason, attempts: 1 });
    expect(prepulling.cluster.pods.size).toBe(0);
  });

  test('a failed pull is one that takes longer than its limit, and its pod is removed', async () => {
    const prepulling = harness.prepulling();
    await prepulling.want(['a to n1'], { timeoutMs: 400 });
    await prepulling.untilCreated('a to n1');

    const { failed } = await prepulling.untilReported(({ failed }) => failed.length === 1);
    expect(failed[0]?.reason).toBe('The pull took longer than 0.4 s');
    expect(prepulling.cluster.pods.size).toBe(0);
    prepulling.record('prepull-timeout');
  });

  test('a failed pull is one whose pod is refused', async () => {
    const prepulling = harness.prepulling();
    const message = 'Error creating object (Pod nublado/prepull-a-n1, status 403): Forbidden';
    const refusal = ApplicationFailure.create({ type: 'KubernetesForbidden', message, nonRetryable: true });
    prepulling.cluster.break('create', refusal);
    await prepulling.want(['a to n1']);

    const { failed } = await prepulling.untilReported(({ failed }) => failed.length === 1);
    expect(failed[0]?.reason).toBe(message);
  });

  test('a pull whose pod is deleted by others has failed', async () => {
    const prepulling = harness.prepulling();
    await prepulling.want(['a to n1']);
    await prepulling.untilCreated('a to n1');
    await prepulling.tell({ pod: null, uid: prepulling.cluster.lose('n1') });

    const { failed } = await prepulling.untilReported(({ failed }) => failed.length === 1);
    expect(failed[0]?.reason).toBe('The pod was deleted before it had pulled the image');
  });
});

describe('signals are hints', () => {
  test.each([
    ['ended', (it: PrepullUnderTest) => void it.cluster.become('n1', (pod) => pod.succeeded()), 1, 0],
    ['is gone', (it: PrepullUnderTest) => void it.cluster.lose('n1'), 0, 1],
  ])('a pod that %s unnoticed is found by the slow read', async (_, change, done, failures) => {
    const prepulling = harness.prepulling();
    await prepulling.want(['a to n1', 'a to n2'], { checkMs: 200 });
    await prepulling.untilCreated('a to n1', 'a to n2');
    change(prepulling);

    const report = await prepulling.untilReported((report) => report.running.length === 1);
    expect([report.done, report.failed.length]).toEqual([done, failures]);
  });

  test('repeated signals and those of strangers change nothing', async () => {
    const prepulling = harness.prepulling();
    await prepulling.want(['a to n1', 'b to n1']);
    await prepulling.untilCreated('a to n1');
    const first = prepulling.cluster.become('n1', (pod) => pod.succeeded());
    await prepulling.tell({ pod: first });
    await prepulling.untilCreated('a to n1', 'b to n1');
    await prepulling.tell({ pod: first });
    await prepulling.tell({ pod: null, uid: first.uid });
    await prepulling.tell({ pod: null, uid: 'stranger' });
    await prepulling.pulls('n1');

    expect(await prepulling.untilClosed()).toBe('COMPLETED');
    expect(await prepulling.report()).toMatchObject({ failed: [], done: 2 });
  });

  test('a signal that comes before its pod is known is not lost', async () => {
    const prepulling = harness.prepulling();
    const answer = prepulling.cluster.hold('create');
    await prepulling.want(['a to n1']);
    await prepulling.untilCreated('a to n1');
    await prepulling.pulls('n1');
    answer();

    expect(await prepulling.untilClosed()).toBe('COMPLETED');
  });

  test.each([
    ['pullsWanted', undefined],
    ['pullsWanted', { pulls: [null], settings: {} }],
    ['pullsWanted', { pulls: [] }],
    ['podNews', 'garbage'],
    ['podNews', { changes: [null] }],
  ])('a signal %s that holds %j stops nothing', async (signal, garbage) => {
    const prepulling = harness.prepulling();
    await prepulling.want(['a to n1']);
    await prepulling.untilCreated('a to n1');
    await prepulling.handle.signal(signal, garbage);
    await prepulling.pulls('n1');

    expect(await prepulling.untilClosed()).toBe('COMPLETED');
  });
});

test('pods that are left from a workflow that is gone are removed at the start', async () => {
  const prepulling = harness.prepulling();
  for (const name of ['left-1', 'left-2']) prepulling.cluster.leave(name);
  await prepulling.want(['a to n1']);
  await prepulling.untilCreated('a to n1');

  expect([...prepulling.cluster.pods.values()].map(({ tag }) => tag)).toEqual(['a']);
});

test('pods that cannot be read at the start hinder no pull', async () => {
  const prepulling = harness.prepulling();
  const refusal = ApplicationFailure.create({ type: 'KubernetesForbidden', nonRetryable: true });
  prepulling.cluster.break('read', refusal);
  await prepulling.want(['a to n1']);
  await prepulling.untilCreated('a to n1');
  await prepulling.pulls('n1');

  expect(await prepulling.untilClosed()).toBe('COMPLETED');
});

describe('cancelled', () => {
  test('a cancelled prepull removes all pods and begins nothing', async () => {
    const prepulling = harness.prepulling();
    await prepulling.want(['a to n1', 'b to n1', 'a to n2']);
    await prepulling.untilCreated('a to n1', 'a to n2');
    await prepulling.handle.cancel();

    expect(await prepulling.untilClosed()).toBe('CANCELLED');
    expect(prepulling.cluster.pods.size).toBe(0);
    expect(prepulling.cluster.created).toHaveLength(2);
    prepulling.record('prepull-cancelled');
  });

  test('a cancelled prepull removes also a pod that is just being made', async () => {
    const prepulling = harness.prepulling();
    const answer = prepulling.cluster.hold('create');
    await prepulling.want(['a to n1']);
    await prepulling.untilCreated('a to n1');
    await prepulling.handle.cancel();
    await prepulling.handle.signal('retryPulls');
    answer();

    expect(await prepulling.untilClosed()).toBe('CANCELLED');
    expect(prepulling.cluster.pods.size).toBe(0);
  });
});

test('a worker that goes away takes nothing along, and nothing is pulled twice', async () => {
  const prepulling = harness.prepulling();
  await prepulling.want(['a to n1', 'b to n1', 'a to n2']);
  await prepulling.untilCreated('a to n1', 'a to n2');
  await harness.stopWorker();
  await prepulling.pulls('n1');
  await harness.startWorker();
  await prepulling.untilCreated('a to n1', 'a to n2', 'b to n1');
  await prepulling.pulls('n1');
  await prepulling.pulls('n2');

  expect(await prepulling.untilClosed()).toBe('COMPLETED');
  expect(prepulling.cluster).toMatchObject({ overrun: [], pods: new Map() });
});

/**
 * Temporal suggests to continue as new at 4 MiB, counted without what came during the last workflow task. What happens
 * next makes the workflow look.
 */
async function lengthenHistory({ handle }: PrepullUnderTest): Promise<void> {
  const padding = 'x'.repeat(1_500_000);
  for (const _ of [1, 2, 3]) await handle.signal('podNews', { changes: [], padding });
  await caughtUp(handle);
}

/** Waits until the workflow has taken in all signals. */
async function caughtUp(handle: PrepullUnderTest['handle']): Promise<void> {
  await handle.query('__stack_trace');
}

test.each([
  ['ends once nothing is wanted', (it: PrepullUnderTest) => it.want([]), 'COMPLETED'],
  ['can be cancelled', (it: PrepullUnderTest) => it.handle.cancel(), 'CANCELLED'],
])('with a long history, while its last pod is made, it %s', async (_, end, status) => {
  const prepulling = harness.prepulling();
  const answer = prepulling.cluster.hold('create');
  await prepulling.want(['a to n1']);
  await prepulling.untilCreated('a to n1');
  await lengthenHistory(prepulling);
  await prepulling.want(['a to n1']);
  await end(prepulling);
  await prepulling.pulls('n1');
  answer();

  expect(await prepulling.untilClosed()).toBe(status);
  expect(prepulling.cluster.pods.size).toBe(0);
});

test('with a long history it continues as new, and what runs goes on', async () => {
  const prepulling = harness.prepulling();
  await prepulling.want(['a to n1', 'b to n1', 'bad to n2']);
  await prepulling.untilCreated('a to n1', 'bad to n2');
  await prepulling.podBecomes('n2', (pod) => pod.failed());
  await prepulling.untilReported(({ failed }) => failed.length === 1);
  const { runId } = await prepulling.handle.describe();
  await lengthenHistory(prepulling);
  await eventually(
    async () => {
      await prepulling.want(['a to n1', 'b to n1', 'bad to n2']);
      return await prepulling.handle.describe();
    },
    (description) => description.runId !== runId,
  );
  expect(await prepulling.report()).toMatchObject({ failed: [{ node: 'n2', attempts: 1 }] });
  expect(prepulling.cluster.created).toHaveLength(2);
  await prepulling.pulls('n1');
  await prepulling.untilCreated('a to n1', 'bad to n2', 'b to n1');
  await prepulling.want(['b to n1']);
  await prepulling.pulls('n1');

  expect(await prepulling.untilClosed()).toBe('COMPLETED');
  expect(await prepulling.report()).toMatchObject({ failed: [], done: 2 });
  prepulling.record('prepull-continued-as-new');
});
