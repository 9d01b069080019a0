import { createLabHistory } from '../../src/api/services/lab-history';
import type { LabLife } from '../../src/domain/lab-history';
import { forceShutdown } from '../../src/workflows/lab/messages';
import { eventually } from '../support/eventually';
import type { LabUnderTest } from '../support/lab-under-test';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
}, 60_000);

afterAll(() => harness.close(), 30_000);

const history = () => createLabHistory(harness.client);

/** Waits until the history, which lags behind for all but the latest lab, has so many labs. */
function lives(lab: LabUnderTest, count: number): Promise<LabLife[]> {
  return eventually(
    () => history().livesOf(lab.username, 20),
    ({ length }) => length >= count,
  );
}

const outcomes = (found: readonly LabLife[]) =>
  found.map(({ endedBy, outcome }) => [outcome, endedBy?.kind ?? null]);

test('the present lab is listed at once, in its present state', async () => {
  const lab = harness.aLab();
  await lab.start();
  expect(outcomes(await history().livesOf(lab.username, 20))).toEqual([['pending', null]]);
  await lab.podExists();
  await lab.podRuns();

  expect(outcomes(await history().livesOf(lab.username, 20))).toEqual([['running', null]]);
  expect((await history().lastOf(lab.username))?.outcome).toBe('running');
});

test('every lab is listed once, newest first: of other workflows, of the same one, and over a continue-as-new', async () => {
  const lab = harness.aLab({ terminatedRetentionMs: 100 });
  await lab.startRunning();
  await lab.podBecomes((pod) => pod.evicted('low on memory'));
  await lab.untilClosed();

  await lab.start(lab.aRequest({ terminatedRetentionMs: 600_000 }));
  await lab.podExists();
  await lab.podRuns();
  await lab.podBecomes((pod) => pod.failed('OOMKilled', 137));
  await lab.until('terminated');

  const { runId } = await lab.handle.describe();
  await lab.respawn(lab.aRequest({ runCheckMs: 500 }));
  await eventually(
    async () => lab.cluster.pod?.phase,
    (phase) => phase === 'Pending',
  );
  await lab.podRuns();
  await eventually(
    () => lab.handle.describe(),
    (described) => described.runId !== runId,
  );
  const { operationId, answer } = await lab.beginRemoval(undefined, 'dorothy');
  expect(operationId).not.toBe('');
  await answer;
  await lab.untilClosed();

  const found = await lives(lab, 3);
  expect(outcomes(found)).toEqual([
    ['stopped', 'caller'],
    ['failed', 'lab'],
    ['lost', 'cluster'],
  ]);
  expect(found.map(({ reason }) => reason)).toEqual([null, 'OutOfMemory', 'PodEvicted']);
  expect(found[0]?.endedBy?.name).toBe('dorothy');
  expect(found.every(({ endedAt, startedAt }) => endedAt !== null && endedAt > startedAt)).toBe(true);
  expect(await history().livesOf(lab.username, 2)).toEqual(found.slice(0, 2));
  expect(await history().lastOf(lab.username)).toEqual(found[0]);
});

test('an operator’s words are kept', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  await lab.handle.signal(forceShutdown, { reason: 'node maintenance' });
  await lab.untilClosed();

  expect(await history().lastOf(lab.username)).toMatchObject({
    outcome: 'stopped',
    endedBy: { kind: 'operator', name: null },
    message: 'node maintenance',
  });
});

test('a signal whose words are no words ends the lab all the same', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  await lab.handle.signal('forceShutdown', { reason: { not: 'words' } });
  await lab.untilClosed();

  expect(await history().lastOf(lab.username)).toMatchObject({ outcome: 'stopped', message: null });
});

test('a lab that its user left has exited', async () => {
  const lab = harness.aLab({ terminatedRetentionMs: 100 });
  await lab.startRunning();
  await lab.podBecomes((pod) => pod.succeeded());
  await lab.untilClosed();

  expect(outcomes(await lives(lab, 1))).toEqual([['exited', 'user']]);
});

test('a lab that is found dead by the next spawn was lost', async () => {
  const lab = harness.aLab();
  await lab.startRunning();
  lab.cluster.losePod();
  await lab.respawn();

  expect(outcomes(await history().livesOf(lab.username, 20))).toEqual([
    ['pending', null],
    ['lost', 'cluster'],
  ]);
});

test('users who are not known, or cannot be, have no labs', async () => {
  for (const name of ['nobody', "x' OR LabUser!='", 'a"b', '']) {
    expect(await history().livesOf(name, 20)).toEqual([]);
  }
  expect(await history().lastOf('nobody')).toBeNull();
});
