import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { AN_IMAGE, aPod, aPodEvent, type PodBuilder } from '../support/builders';
import { eventually } from '../support/eventually';
import { recordHistory } from '../support/history-recorder';
import { outOfTime } from '../support/lab-drives';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close(), 30_000);

test('a lab whose pod runs is running, at the address of its pod', async () => {
  const lab = harness.aLab();
  const { operationId } = await lab.start();
  await lab.podExists();
  await lab.podRuns('10.0.0.7');

  expect(await lab.record()).toMatchObject({
    status: 'running',
    internalUrl: `http://10.0.0.7:8888/nb/user/${lab.username}/`,
    failure: null,
    operation: { id: operationId, kind: 'spawn' },
  });
});

test('a lab is not running before its pod has an address', async () => {
  const lab = harness.aLab();
  await lab.start();
  await lab.podExists();
  await lab.podBecomes((pod) => pod.running(null));
  await lab.podRuns('10.0.0.8');

  expect((await lab.record()).internalUrl).toContain('10.0.0.8');
});

test('a pod that runs before its creation is reported is not missed', async () => {
  const lab = harness.aLab();
  const creation = lab.cluster.hold('create');
  const { operationId } = await lab.start();
  await creation.entered;
  await lab.tell({ pod: aPod(operationId).running() });
  creation.open();

  expect(await lab.until('running')).toMatchObject({ failure: null });
});

test('a pod without updates from the watcher is found by a read', async () => {
  const lab = harness.aLab({ spawnCheckMs: 50 });
  await lab.start();
  await lab.podExists();
  lab.cluster.become((pod) => pod.running());

  expect(await lab.until('running')).toMatchObject({ failure: null });
});

test.each([
  ['fails', (pod: PodBuilder) => pod.failed('DeadlineExceeded'), 'PodFailed', 'DeadlineExceeded'],
  ['ends by itself', (pod: PodBuilder) => pod.succeeded(), 'PodFinished', 'exit code 0'],
  ['needs too much memory', (pod: PodBuilder) => pod.crashed(137, 'OOMKilled'), 'OutOfMemory', 'larger size'],
  ['crashes', (pod: PodBuilder) => pod.crashed(3), 'ContainerCrashed', 'exit code 3'],
  [
    'cannot be prepared',
    (pod: PodBuilder) => pod.crashed(2, 'Error', 'prepare'),
    'InitContainerFailed',
    'prepare',
  ],
  ['names no valid image', (pod: PodBuilder) => pod.waiting('InvalidImageName'), 'InvalidImage', AN_IMAGE],
  ['is evicted', (pod: PodBuilder) => pod.evicted('low on memory'), 'PodEvicted', 'low on memory'],
  ['is lost with its node', (pod: PodBuilder) => pod.lost(), 'NodeLost', 'node'],
] as const)('a spawn whose pod %s has failed at once, with the reason', async (_, change, reason, words) => {
  const lab = harness.aLab();
  await lab.start();
  await lab.podExists();
  await lab.podBecomes(change);
  const { internalUrl, failure } = await lab.until('failed');

  expect(internalUrl).toBeNull();
  expect(failure).toEqual({ reason, message: expect.stringContaining(words) });
});

test.each([
  [
    'its image cannot be pulled',
    (pod: PodBuilder) => pod.waiting('ErrImagePull', 'no such tag'),
    'ImagePullFailed',
  ],
  [
    'it cannot be created',
    (pod: PodBuilder) => pod.waiting('CreateContainerConfigError', 'no such tag'),
    'ContainerConfigError',
  ],
  ['it fits nowhere', (pod: PodBuilder) => pod.unschedulable('no such tag'), 'Unschedulable'],
] as const)('a spawn has failed when patience is over and %s still', async (_, change, reason) => {
  const lab = harness.aLab({ imagePullPatienceMs: 400, unschedulablePatienceMs: 400 });
  await lab.start();
  await lab.podExists();
  await lab.podBecomes(change);
  const { failure } = await lab.until('failed');

  expect(failure).toEqual({ reason, message: expect.stringContaining('no such tag') });
  expect(lab.cluster.count('read')).toBe(1);
});

test('an obstacle that passes unnoticed before patience is over does not fail the spawn', async () => {
  const lab = harness.aLab({ imagePullPatienceMs: 300 });
  await lab.start();
  await lab.podExists();
  await lab.podBecomes((pod) => pod.waiting('ErrImagePull'));
  lab.cluster.become((pod) => pod.starting());
  await eventually(
    async () => lab.cluster.count('read'),
    (count) => count === 1,
  );
  await lab.podRuns();

  expect(await lab.record()).toMatchObject({ status: 'running', failure: null });
});

test('patience counts from the first of several reasons for the same obstacle', async () => {
  const lab = harness.aLab({ imagePullPatienceMs: 1_500, spawnMs: 20_000 });
  await lab.start();
  await lab.podExists();
  // Patience that began anew with each reason would outlast the spawn.
  for (let n = 0; (await lab.record()).status !== 'failed'; n += 1) {
    await lab.podBecomes((pod) => pod.waiting(n % 2 ? 'ImagePullBackOff' : 'ErrImagePull', 'no such tag'));
    await delay(100);
  }

  expect((await lab.record()).failure?.reason).toBe('ImagePullFailed');
});

test('a spawn whose pod disappears has failed', async () => {
  const lab = harness.aLab();
  await lab.start();
  await lab.podExists();
  await lab.podBecomes((pod) => pod.waiting('ErrImagePull'));
  await lab.podDisappears();

  expect(await lab.until('failed')).toMatchObject({ failure: { reason: 'PodVanished' } });
});

test('a spawn that takes too long has failed, with its obstacle', async () => {
  const { failure, seconds } = await outOfTime(harness.aLab, async (lab) => {
    await lab.podExists();
    await lab.tellEvents(
      aPodEvent('Pulling image'),
      aPodEvent('image not found', { type: 'Warning' }),
      aPodEvent('Still there'),
    );
  });

  expect(failure).toEqual({
    reason: 'SpawnTimeout',
    message: `Lab spawn timed out after ${seconds}s while waiting for the pod to run: image not found`,
  });
});

test('a spawn whose time is up names the obstacle that it still was patient with', async () => {
  const { failure } = await outOfTime(harness.aLab, async (lab) => {
    await lab.podExists();
    await lab.podBecomes((pod) => pod.unschedulable('0/3 nodes are available'));
    await lab.tellEvents(aPodEvent('another warning', { type: 'Warning' }));
  });

  expect(failure).toEqual({
    reason: 'SpawnTimeout',
    message: expect.stringMatching(
      /^Lab spawn timed out after \d+s while waiting for the pod to run: .*0\/3 nodes/,
    ),
  });
});

test('a lab is not running before its container is', async () => {
  const lab = harness.aLab();
  await lab.start();
  await lab.podExists();
  await lab.podBecomes((pod) => pod.starting('Running', '10.0.0.3'));
  await lab.podBecomes((pod) => pod.running('10.0.0.4'));

  expect((await lab.until('running')).internalUrl).toContain('10.0.0.4');
});

test('a spawn whose time is up while its objects are created has timed out, whatever the creation throws', async () => {
  const lab = harness.aLab({ spawnMs: 500 });
  const creation = lab.cluster.hold('create');
  lab.cluster.break('create', ApplicationFailure.create({ type: 'NotYet', message: 'not yet' }));
  await lab.start();
  await creation.entered;
  await eventually(
    async () => (await lab.handle.fetchHistory()).events ?? [],
    (events) => events.some(({ activityTaskCancelRequestedEventAttributes: asked }) => asked),
  );
  creation.open();

  expect(await lab.until('failed')).toMatchObject({
    failure: {
      reason: 'SpawnTimeout',
      message: 'Lab spawn timed out after 0.5s while creating Kubernetes objects',
    },
  });
});

test('a creation that is refused for good fails the spawn with its words', async () => {
  const lab = harness.aLab();
  const message = 'Error creating object (Pod lab-rachel/rachel-nb, status 403): Forbidden: exceeded quota';
  const refusal = ApplicationFailure.create({ type: 'QuotaExceeded', message, nonRetryable: true });
  lab.cluster.break('create', refusal);
  await lab.start();

  expect(await lab.until('failed')).toMatchObject({ failure: { reason: 'QuotaExceeded', message } });
});

test('an unexpected failure is not shown to the user', async () => {
  const lab = harness.aLab();
  const bug = ApplicationFailure.create({ message: 'x of undefined', nonRetryable: true });
  lab.cluster.break('create', bug);
  await lab.start();
  const { failure } = await lab.until('failed');

  expect(failure?.reason).toBe('InternalError');
  expect(failure?.message).not.toContain('undefined');
});

test('a creation that fails for now is tried again', async () => {
  const lab = harness.aLab();
  lab.cluster.break('create', new Error('connection reset'));
  await lab.start();
  await eventually(
    async () => lab.cluster.count('create'),
    (count) => count > 0,
  );
  lab.cluster.mend('create');
  await lab.podExists();
  await lab.podRuns();

  expect(lab.cluster.count('create')).toBeGreaterThan(1);
});

test('a failed lab is replaced: what is left of it goes first', async () => {
  const lab = harness.aLab();
  const first = await lab.start();
  await lab.podExists();
  await lab.podBecomes((pod) => pod.failed());
  await lab.until('failed');
  const second = await lab.respawn();
  await eventually(
    async () => lab.cluster.pod?.spawnId,
    (spawnId) => spawnId === second.operationId,
  );
  await lab.podRuns();

  expect(lab.cluster.namespace).toBe(second.operationId);
  expect(await lab.record()).toMatchObject({ status: 'running', operation: { id: second.operationId } });
  expect(second.operationId).not.toBe(first.operationId);
});

test('a failed lab that is not replaced is removed after its retention', async () => {
  const lab = harness.aLab({ failedRetentionMs: 300 });
  await lab.start();
  await lab.podExists();
  await lab.podBecomes((pod) => pod.failed());
  await lab.until('failed');

  expect(await lab.untilClosed()).toBe('COMPLETED');
  expect(lab.cluster.namespace).toBeNull();
  recordHistory('failed-spawn', lab.username);
});

test.each([
  ['foreign', aPod('someone', 'foreign').running('10.9.9.9')],
  ['without a spawn', aPod(null, 'adopted').running('10.9.9.9')],
])('a pod that is %s does not start a lab', async (_, foreign) => {
  const lab = harness.aLab();
  await lab.start();
  await lab.podExists();
  await lab.tell({ pod: foreign });
  await lab.tell({ pod: null, uid: foreign.uid });
  await lab.podRuns('10.0.0.1');

  expect((await lab.record()).internalUrl).toContain('10.0.0.1');
});

test('late and repeated updates change nothing', async () => {
  const lab = harness.aLab();
  const { operationId } = await lab.start();
  await lab.podExists();
  const late = aPod(operationId).failed().version('1');
  const waiting = lab.cluster.become((pod) => pod.waiting('ContainerCreating'));
  await lab.tell({ pod: waiting });
  await lab.tell({ pod: waiting });
  await lab.tell({ pod: late });
  await lab.podRuns();
  await lab.tell({ pod: late });
  await lab.tell({ pod: waiting });
  // Handled in order: once this one has had its effect, the others have had none.
  await lab.podBecomes((pod) => pod.succeeded());

  expect(await lab.until('terminated')).toMatchObject({ failure: null });
});
