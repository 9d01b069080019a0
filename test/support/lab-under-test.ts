import type { Client, WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { type LabRecord, type LabStatus, pendingRecord } from '../../src/domain/lab';
import { labWorkflowId } from '../../src/domain/lab-key';
import type { PodEvent, PodObservation } from '../../src/domain/pod';
import type { PodChange } from '../../src/domain/pod-change';
import { labStart } from '../../src/workflow-clients/lab/executions';
import {
  forceShutdown,
  type LabTimeouts,
  type LabWorkflowInput,
  podNews,
  type SpawnRequest,
  shutdown,
  spawn,
} from '../../src/workflows/lab/messages';
import { aSpawnRequest, type PodBuilder, timeouts } from './builders';
import { eventually } from './eventually';
import type { FakeCluster } from './fake-cluster';
import type { FakeHub } from './fake-hub';
import { aRecord } from './record-builder';

type History = temporal.api.history.v1.IHistory;
type LabWorkflow = (input: LabWorkflowInput) => Promise<void>;

interface Surroundings {
  readonly client: Client;
  readonly taskQueue: string;
  readonly username: string;
  readonly cluster: FakeCluster;
  readonly hub: FakeHub;
  readonly timeouts?: Partial<LabTimeouts>;
}

const ADMITTED =
  temporal.api.enums.v1.UpdateWorkflowExecutionLifecycleStage
    .UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ADMITTED;

let deletions = 0;

function newDeletion(): string {
  deletions += 1;
  return `delete-${deletions}`;
}

/** One user's lab workflow and its cluster, driven as the API, the watcher and operators drive them. */
export class LabUnderTest {
  readonly username: string;
  readonly cluster: FakeCluster;
  readonly hub: FakeHub;

  constructor(private readonly surroundings: Surroundings) {
    this.username = surroundings.username;
    this.cluster = surroundings.cluster;
    this.hub = surroundings.hub;
    this.cluster.watcher = (change) => this.tell(change);
  }

  /** Handle of the current run. */
  get handle(): WorkflowHandle<LabWorkflow> {
    return this.surroundings.client.workflow.getHandle<LabWorkflow>(labWorkflowId(this.username));
  }

  aRequest(timeouts: Partial<LabTimeouts> = {}): SpawnRequest {
    return aSpawnRequest(this.username, { ...this.surroundings.timeouts, ...timeouts });
  }

  /** Starts the workflow as the API does for a user without one. */
  async start(request = this.aRequest()): Promise<SpawnRequest> {
    const operation = { id: request.operationId, kind: 'spawn' } as const;
    const record = pendingRecord(request.plan, operation, new Date().toISOString());
    await this.startWorkflow(record, { kind: 'spawn', request });
    return request;
  }

  /** Starts the workflow as reconciliation does to adopt a lab; the cluster need not have the lab any more. */
  async adopt(pod: PodObservation, changes: Partial<LabRecord> = {}): Promise<void> {
    const operation = { id: `adoption-of-${this.username}`, kind: 'spawn', isAdopted: true } as const;
    const record = { ...aRecord(this.username), operation, ...changes };
    const environment = { JUPYTERHUB_SERVICE_PREFIX: '/nb/user/x/' };
    const adoption = { lab: { record, pod, environment }, timeouts: timeouts(this.surroundings.timeouts) };
    await this.startWorkflow(record, { kind: 'adopt', adoption });
  }

  private async startWorkflow(record: LabRecord, input: LabWorkflowInput): Promise<void> {
    const { client, taskQueue } = this.surroundings;
    await client.workflow.start<LabWorkflow>('lab', { ...labStart(record), taskQueue, args: [input] });
  }

  /** Starts the workflow and lets its pod run. */
  async startRunning(request = this.aRequest()): Promise<SpawnRequest> {
    await this.start(request);
    await this.podExists();
    await this.podRuns();
    return request;
  }

  /** Requests a lab as the API does when the user has a workflow already. Rejects with the refusal. */
  async respawn(request = this.aRequest()): Promise<SpawnRequest> {
    await this.handle.executeUpdate(spawn, { args: [request], updateId: request.operationId });
    return request;
  }

  /** Deletes the lab; resolves once the deletion is answered. */
  async remove(operationId = newDeletion()): Promise<void> {
    const { answer } = await this.beginRemoval(operationId);
    await answer;
  }

  /** Resolves once the deletion is accepted; `answer` is its result. */
  async beginRemoval(
    operationId = newDeletion(),
    requester: string | null = null,
  ): Promise<{ operationId: string; answer: Promise<void> }> {
    const update = await this.handle.startUpdate(shutdown, {
      args: [{ operationId, requester }],
      updateId: operationId,
      waitForStage: 'ACCEPTED',
    });
    const answer = update.result();
    // The test awaits it later.
    answer.catch(() => undefined);
    return { operationId, answer };
  }

  /** Waits until the server holds a deletion for the workflow, which need not have a worker. */
  async untilAsked(operationId: string): Promise<void> {
    const { client } = this.surroundings;
    const workflowExecution = { workflowId: labWorkflowId(this.username) };
    const isAsked = () =>
      client.workflowService
        .pollWorkflowExecutionUpdate({
          namespace: client.options.namespace,
          updateRef: { workflowExecution, updateId: operationId },
          waitPolicy: { lifecycleStage: ADMITTED },
        })
        .then(
          () => true,
          () => false,
        );
    await eventually(isAsked, Boolean);
  }

  force(): Promise<void> {
    return this.handle.signal(forceShutdown, { reason: 'test' });
  }

  tell(change: PodChange): Promise<void> {
    return this.handle.signal(podNews, { changes: [change], events: [] });
  }

  tellEvents(...events: PodEvent[]): Promise<void> {
    return this.handle.signal(podNews, { changes: [], events });
  }

  /** Changes the pod, and sends the change as the watcher does. */
  async podBecomes(change: (pod: PodBuilder) => PodBuilder): Promise<void> {
    await this.tell({ pod: this.cluster.become(change) });
  }

  /** Lets the pod run, and waits until the lab is running. */
  async podRuns(podIp = '10.0.0.1'): Promise<void> {
    await this.podBecomes((pod) => pod.running(podIp));
    await this.until('running');
  }

  /** Removes the pod without the workflow, and sends that as the watcher does. */
  async podDisappears(): Promise<void> {
    await this.tell({ pod: null, uid: this.cluster.losePod() });
  }

  async podExists(): Promise<void> {
    await eventually(
      async () => this.cluster.pod,
      (pod) => pod !== null,
    );
  }

  /** The published record. */
  async record(): Promise<LabRecord> {
    return (await this.handle.describe()).memo?.['lab'] as LabRecord;
  }

  /** Waits for a status; `null` is that of a lab that is being removed. */
  async until(status: LabStatus | null): Promise<LabRecord> {
    return eventually(
      () => this.record(),
      (record) => record.status === status,
    );
  }

  /** Waits until the workflow has handled all messages and no activity is under way; returns its history. */
  settled(): Promise<History> {
    return eventually(() => this.handle.fetchHistory(), isSettled);
  }

  /** Waits until the workflow is closed, and returns its status. */
  async untilClosed(): Promise<string> {
    const { status } = await eventually(
      () => this.handle.describe(),
      ({ status }) => status.name !== 'RUNNING',
    );
    return status.name;
  }
}

function isSettled({ events }: History): boolean {
  let isHandled = false;
  const open = new Set<string>();
  for (const event of events ?? []) {
    if (event.workflowTaskScheduledEventAttributes) isHandled = false;
    if (event.workflowTaskCompletedEventAttributes) isHandled = true;
    if (event.activityTaskScheduledEventAttributes) open.add(String(event.eventId));
    const end =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskCanceledEventAttributes ??
      event.activityTaskTimedOutEventAttributes;
    if (end) open.delete(String(end.scheduledEventId));
  }
  return isHandled && open.size === 0;
}
