import { randomBytes } from 'node:crypto';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { PrepullActivities } from '../../src/activities/prepull';
import type { PodChange } from '../../src/domain/pod-change';
import type { PrepullReport, PulledImage, WantedPull } from '../../src/domain/prepull';
import { type PrepullSettings, podNews, pullsWanted } from '../../src/workflows/prepull/messages';
import type { PodBuilder } from './builders';
import { eventually } from './eventually';
import { FakePullCluster } from './fake-pull-cluster';
import { recordRun } from './history-recorder';
import { quietenRuntime } from './quiet-runtime';
import { restartableWorker } from './restartable-worker';
import { theStack } from './stack';
import { connectToTemporal } from './temporal-connection';
import { workflowBundle } from './workflow-bundle';

/** A wanted pull, from a text `tag to node`. */
export function aPull(text: string): WantedPull {
  const [tag = '', node = ''] = text.split(' to ');
  const digest = `sha256:${tag}`;
  return { node, tag, digest, reference: `registry.test/lab:${tag}@${digest}`, name: tag };
}

/** Limits that no test reaches; tests lower those that they are about. */
export const SETTINGS: Omit<PrepullSettings, 'namespace'> = {
  bound: 10,
  timeoutMs: 60_000,
  retryMs: 60_000,
  maxRetryMs: 60_000,
  tolerations: [],
  pullSecret: null,
  imagePullPatienceMs: 60_000,
  checkMs: 60_000,
  kubernetesRequestMs: 10_000,
  publishMs: 50,
};

/** One workflow of prepulling and its cluster, driven as the refresh, the watcher and operators drive them. */
export class PrepullUnderTest {
  readonly cluster = new FakePullCluster();

  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
    readonly workflowId: string,
  ) {
    this.cluster.watcher = (change) => this.tell(change);
  }

  /** Handle of the current run. */
  get handle(): WorkflowHandle {
    return this.client.workflow.getHandle(this.workflowId);
  }

  /** Sends the wanted pulls, as the refresh does. */
  async want(pulls: readonly string[], settings: Partial<PrepullSettings> = {}): Promise<void> {
    await this.client.workflow.signalWithStart('prepull', {
      workflowId: this.workflowId,
      taskQueue: this.taskQueue,
      signal: pullsWanted,
      signalArgs: [
        { pulls: pulls.map(aPull), settings: { ...SETTINGS, namespace: this.workflowId, ...settings } },
      ],
    });
  }

  tell(change: PodChange): Promise<void> {
    return this.handle.signal(podNews, { changes: [change] });
  }

  /** Changes the pod on a node, and sends the change as the watcher does. */
  async podBecomes(node: string, change: (pod: PodBuilder) => PodBuilder): Promise<void> {
    await this.tell({ pod: this.cluster.become(node, change) });
  }

  /** Lets the pod on a node succeed. */
  async pulls(node: string): Promise<void> {
    await this.podBecomes(node, (pod) => pod.succeeded());
  }

  /** Waits until these pods have been created, in any order. */
  async untilCreated(...pulls: string[]): Promise<void> {
    await eventually(
      async () => this.cluster.created.toSorted().join(),
      (created) => created === pulls.toSorted().join(),
    );
  }

  /** The report for operators. */
  async report(): Promise<PrepullReport | undefined> {
    return (await this.handle.describe()).memo?.['prepull'] as PrepullReport | undefined;
  }

  async untilReported(isReached: (report: PrepullReport) => boolean): Promise<PrepullReport> {
    const report = await eventually(
      () => this.report(),
      (report) => report !== undefined && isReached(report),
    );
    if (!report) throw new Error('nothing was reported');
    return report;
  }

  /** The published pulled images. Temporal drops an empty list from the memo. */
  async pulled(): Promise<PulledImage[]> {
    return ((await this.handle.describe()).memo?.['pulled'] ?? []) as PulledImage[];
  }

  /** Waits until the workflow is closed, and returns its status. */
  async untilClosed(): Promise<string> {
    const { status } = await eventually(
      () => this.handle.describe(),
      ({ status }) => status.name !== 'RUNNING' && status.name !== 'CONTINUED_AS_NEW',
    );
    return status.name;
  }

  /** Keeps the history of a run for the replay test. */
  record(name: string, runId?: string): void {
    const suffix = this.workflowId;
    recordRun(name, { workflowId: suffix, runId }, (text) => text.replaceAll(suffix, 'prepull'));
  }
}

/** A worker for the real workflow, on its own task queue, whose activities act on fake clusters. */
export interface PrepullHarness {
  /** A workflow that has not been started, with its own cluster. */
  prepulling(): PrepullUnderTest;
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  /** Terminates open workflows and stops everything. */
  close(): Promise<void>;
}

/** Connects to the stack and starts the worker. */
export async function startPrepullHarness(): Promise<PrepullHarness> {
  quietenRuntime();
  const { address, namespace } = theStack().temporal;
  const suffix = randomBytes(4).toString('hex');
  const taskQueue = `workflows-${suffix}`;
  const connection = await connectToTemporal(address);
  const native = await NativeConnection.connect({ address });
  const client = new Client({ connection, namespace });
  const all = new Map<string, PrepullUnderTest>();
  /** Each has its own Kubernetes namespace. */
  const of = (kubernetesNamespace: string): PrepullActivities => {
    const found = all.get(kubernetesNamespace);
    if (!found) throw new Error(`no test has ${kubernetesNamespace}`);
    return found.cluster.activities;
  };
  const activities: PrepullActivities = {
    createPrepullPod: (input) => of(input.namespace).createPrepullPod(input),
    deletePrepullPod: (input) => of(input.namespace).deletePrepullPod(input),
    readPrepullPods: (input) => of(input.namespace).readPrepullPods(input),
  };
  const worker = await restartableWorker({
    connection: native,
    namespace,
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities,
  });
  return {
    prepulling() {
      const workflowId = `prepull-${suffix}-${all.size + 1}`;
      const prepulling = new PrepullUnderTest(client, taskQueue, workflowId);
      all.set(workflowId, prepulling);
      return prepulling;
    },
    stopWorker: () => worker.stop(),
    startWorker: () => worker.start(),
    async close() {
      const handles = [...all.keys()].map((id) => client.workflow.getHandle(id));
      await Promise.all(handles.map((handle) => handle.terminate().catch(() => undefined)));
      await worker.stop();
      await native.close();
      await connection.close();
    },
  };
}
