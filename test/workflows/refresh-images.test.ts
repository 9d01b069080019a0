import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { ImageActivities, RefreshSummary } from '../../src/activities/images';
import { TASK_QUEUES } from '../../src/workflow-clients/names';
import { type OwnWorkflows, startOwnWorkflows } from '../support/own-workflows';

const SUMMARY: RefreshSummary = { tags: 70, nodes: 3, missing: 15, isChanged: true };

const registryFailed = (facts: { nonRetryable: boolean; nextRetryDelay?: number }) =>
  ApplicationFailure.create({ type: 'RegistryFailed', message: 'the registry is away', ...facts });

let workflows: OwnWorkflows;
/** What the attempts come to, in turn; the last one repeats. */
let outcomes: (RefreshSummary | ApplicationFailure)[];
let attempts: number;

const activities: ImageActivities = {
  async refreshImages() {
    const outcome = outcomes[Math.min(attempts, outcomes.length - 1)] ?? SUMMARY;
    attempts += 1;
    if (outcome instanceof ApplicationFailure) throw outcome;
    return outcome;
  },
};

beforeAll(async () => {
  workflows = await startOwnWorkflows({ images: activities });
});

afterAll(() => workflows.close());

beforeEach(() => {
  outcomes = [SUMMARY];
  attempts = 0;
});

let passes = 0;

function start(): Promise<WorkflowHandle<() => Promise<RefreshSummary>>> {
  passes += 1;
  return workflows.temporal.client.workflow.start('refreshImages', {
    workflowId: `refresh-images-${passes}`,
    taskQueue: TASK_QUEUES.controller,
  });
}

/** What operators read on the workflow's page. */
async function detailsOf(handle: WorkflowHandle): Promise<string> {
  const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return currentDetails;
}

test.each([
  [SUMMARY, '70 tags, 3 nodes, 15 pulls missing; published anew'],
  [{ ...SUMMARY, missing: 0, isChanged: false }, '70 tags, 3 nodes, 0 pulls missing; nothing has changed'],
])('a pass returns its result, and shows it as text: %#', async (summary, words) => {
  outcomes = [summary];
  const handle = await start();

  expect(await handle.result()).toEqual(summary);
  expect(await detailsOf(handle)).toBe(words);
  workflows.record('refresh-images', handle.workflowId);
});

test('a registry that asks for patience is asked again in the same pass', async () => {
  outcomes = [registryFailed({ nonRetryable: false, nextRetryDelay: 10 }), SUMMARY];

  expect(await (await start()).result()).toEqual(SUMMARY);
  expect(attempts).toBe(2);
});

test.each([
  ['that stays away is left to the next pass after three attempts', false, 3],
  ['that refuses is left to the next pass at once', true, 1],
])('a registry %s', async (_, nonRetryable, count) => {
  outcomes = [registryFailed({ nonRetryable, nextRetryDelay: 10 })];
  const handle = await start();
  const failure = await handle.result().catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(WorkflowFailedError);
  expect(failure).toMatchObject({
    cause: { cause: { type: 'RegistryFailed', message: 'the registry is away' } },
  });
  expect(attempts).toBe(count);
  if (!nonRetryable) workflows.record('refresh-images-failed', handle.workflowId);
});
