import { ApplicationFailure } from '@temporalio/common';
import { recordHistory } from '../support/history-recorder';
import type { LabUnderTest } from '../support/lab-under-test';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

/** A lab's objects are created in its first workflow task; an activity does it at the first trouble that may pass. */

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await startWorkflowHarness();
});

afterAll(() => harness.close(), 30_000);

/** How often the history has the creation as an activity task. */
async function creationTasks({ handle }: LabUnderTest): Promise<number> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter(
    ({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled?.activityType?.name === 'createLabObjects',
  ).length;
}

const steps = ({ cluster }: LabUnderTest) => cluster.asked.map(([step]) => step);

test('an ordinary spawn creates its objects without an activity task', async () => {
  const lab = harness.aLab();
  await lab.start();
  await lab.podExists();
  await lab.podRuns();
  await lab.until('running');

  expect([steps(lab), await creationTasks(lab)]).toEqual([['create'], 0]);
  recordHistory('first-task', lab.username);
});

test('a failure that may pass is left to the activity', async () => {
  const lab = harness.aLab();
  const creation = lab.cluster.hold('create');
  await lab.start();
  await creation.entered;
  creation.open();
  await lab.podExists();
  await lab.podRuns();
  await lab.until('running');

  expect([steps(lab), await creationTasks(lab)]).toEqual([['create'], 1]);
  recordHistory('first-task-failed', lab.username);
});

test('a final failure fails the spawn, without a second attempt', async () => {
  const lab = harness.aLab();
  const message = 'exceeded quota';
  lab.cluster.break(
    'create',
    ApplicationFailure.create({ type: 'QuotaExceeded', message, nonRetryable: true }),
  );
  await lab.start();

  expect(await lab.until('failed')).toMatchObject({ failure: { reason: 'QuotaExceeded', message } });
  expect([steps(lab), await creationTasks(lab)]).toEqual([['create'], 0]);
  recordHistory('first-task-refused', lab.username);
});

test('a namespace of another spawn is removed before anything else is tried', async () => {
  const lab = harness.aLab();
  lab.cluster.namespace = 'another-spawn';
  await lab.start();
  await lab.podExists();
  await lab.podRuns();
  await lab.until('running');

  expect([steps(lab), await creationTasks(lab)]).toEqual([['create', 'deleteNamespace', 'create'], 1]);
  recordHistory('first-task-obstacle', lab.username);
});
