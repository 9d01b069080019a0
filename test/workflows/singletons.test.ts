import { Context } from '@temporalio/activity';
import type { ReconcileActivities } from '../../src/activities/reconcile';
import type { FileServerReconcileActivities } from '../../src/activities/reconcile-file-servers';
import type { WatchActivities } from '../../src/activities/watch/activity';
import type { FileServerReconciliation } from '../../src/domain/file-server-reconciliation';
import type { ReconciliationSummary } from '../../src/domain/reconciliation';
import { FIRST_PASS_ID, TASK_QUEUES, watchWorkflowId } from '../../src/workflow-clients/names';
import { startFirstPass } from '../../src/workflow-clients/reconciliation-record';
import { eventually } from '../support/eventually';
import { type OwnWorkflows, startOwnWorkflows } from '../support/own-workflows';

/** Workflows of one activity. */

const SUMMARY: ReconciliationSummary = { adopted: ['rachel'], removed: [], told: ['lise'], reported: [] };

let workflows: OwnWorkflows;
let isWatching = false;

const FILE_SERVERS: FileServerReconciliation = {
  adopted: ['rachel'],
  removed: [],
  told: [],
  reported: [{ object: 'Job x', problem: 'it is odd' }],
};

const reconciling: ReconcileActivities & FileServerReconcileActivities = {
  reconcileLabs: async () => SUMMARY,
  reconcileFileServers: async () => FILE_SERVERS,
};

const watching: WatchActivities = {
  async watchLabs() {
    isWatching = true;
    const beating = setInterval(() => Context.current().heartbeat(), 50);
    await Context.current().cancelled.finally(() => {
      clearInterval(beating);
      isWatching = false;
    });
  },
};

beforeAll(async () => {
  workflows = await startOwnWorkflows({ controller: reconciling, watch: watching });
});

afterAll(() => workflows.close());

test('a reconciliation pass returns its result, and shows it as text', async () => {
  const { client } = workflows.temporal;
  await startFirstPass(client);
  const pass = client.workflow.getHandle<() => Promise<ReconciliationSummary>>(FIRST_PASS_ID);

  expect(await pass.result()).toEqual(SUMMARY);
  const { currentDetails } = await pass.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  expect(currentDetails).toContain('adopted (1): rachel');
  workflows.record('reconcile', FIRST_PASS_ID);
});

test('a pass over file servers returns its result, and shows it as text', async () => {
  const workflowId = 'reconcile-file-servers';
  const pass = await workflows.temporal.client.workflow.start<() => Promise<FileServerReconciliation>>(
    'reconcileFileServers',
    { workflowId, taskQueue: TASK_QUEUES.controller },
  );

  expect(await pass.result()).toEqual(FILE_SERVERS);
  const { currentDetails } = await pass.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  expect(currentDetails).toContain('left alone: Job x, it is odd');
  workflows.record('reconcile-file-servers', workflowId);
});

test('the watch ends by cancellation only once its watcher has stopped', async () => {
  const workflowId = watchWorkflowId('labs');
  const watch = await workflows.temporal.client.workflow.start('watch', {
    workflowId,
    taskQueue: TASK_QUEUES.controller,
  });
  await eventually(async () => isWatching, Boolean);
  await watch.cancel();

  await expect(watch.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect(isWatching).toBe(false);
  workflows.record('watch', workflowId);
});
