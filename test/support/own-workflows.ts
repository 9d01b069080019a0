import { NativeConnection } from '@temporalio/worker';
import { TASK_QUEUES } from '../../src/workflow-clients/names';
import { recordRun } from './history-recorder';
import { type OwnNamespace, ownNamespace } from './own-namespace';
import { quietenRuntime } from './quiet-runtime';
import { type RestartableWorker, restartableWorker } from './restartable-worker';
import { theStack } from './stack';
import { workflowBundle } from './workflow-bundle';

/**
 * The controller's workflows in a Temporal namespace for one test file: for workflows with a fixed ID, or with
 * activities on a fixed task queue.
 */
export interface OwnWorkflows {
  readonly temporal: OwnNamespace;
  /** Runs the workflows, and the activities of their own queue. */
  readonly worker: RestartableWorker;
  /** Keeps the latest run of a workflow as a replay fixture. */
  record(name: string, workflowId: string): void;
  /** Stops the workers. Open workflows stay open, in a namespace that is not used any more. */
  close(): Promise<void>;
}

/** Activities by the name of their task queue. */
type Activities = { readonly [Queue in keyof typeof TASK_QUEUES]?: object };

/** Registers the namespace and starts a worker for the workflows and one for each other queue with activities. */
export async function startOwnWorkflows(activities: Activities = {}): Promise<OwnWorkflows> {
  quietenRuntime();
  const { address } = theStack().temporal;
  const temporal = await ownNamespace(address);
  const native = await NativeConnection.connect({ address });
  const common = { connection: native, namespace: temporal.name };
  const { controller = {}, ...others } = activities;
  const worker = await restartableWorker({
    ...common,
    taskQueue: TASK_QUEUES.controller,
    workflowBundle: await workflowBundle(),
    activities: controller,
  });
  const activityWorkers = await Promise.all(
    Object.entries(others).map(([taskQueue, activities]) =>
      restartableWorker({ ...common, taskQueue, activities }),
    ),
  );
  return {
    temporal,
    worker,
    record(name, workflowId) {
      recordRun(name, { workflowId, namespace: temporal.name }, (text) =>
        text.replaceAll(temporal.name, 'default'),
      );
    },
    async close() {
      await Promise.all([worker, ...activityWorkers].map((each) => each.stop()));
      await native.close();
      await temporal.connection.close();
    },
  };
}
