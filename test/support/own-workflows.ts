import { NativeConnection } from '@temporalio/worker';
import { TASK_QUEUES } from '../../src/workflow-clients/ids';
import { recordRun } from './history-recorder';
import { type OwnNamespace, ownNamespace } from './own-namespace';
import { quietenRuntime } from './quiet-runtime';
import { type RestartableWorker, restartableWorker } from './restartable-worker';
import { theStack } from './stack';
import { workflowBundle } from './workflow-bundle';

/**
 * The controller's workflows in a Temporal namespace of a test's own: for those which have the same ID everywhere, or
 * whose activities have a fixed task queue.
 */
export interface OwnWorkflows {
  readonly temporal: OwnNamespace;
  /** Runs the workflows, and the activities of their own queue. */
  readonly worker: RestartableWorker;
  /** Keeps the latest run of a workflow as a replay fixture. */
  record(name: string, workflowId: string): void;
  /** Stops the workers. What is still open stays so, in a namespace that nobody uses any more. */
  close(): Promise<void>;
}

/** Activities by the name of their task queue. */
type Activities = { readonly [Queue in keyof typeof TASK_QUEUES]?: object };

/** Makes the namespace and starts a worker for the workflows and one for each other queue that has activities. */
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
