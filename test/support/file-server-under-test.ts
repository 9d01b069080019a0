import { type Client, type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { FileServerObservation, FileServerPhase, FileServerRecord } from '../../src/domain/file-server';
import { adoptedRecord, type FileServerTimeouts } from '../../src/domain/file-server';
import { fileServerWorkflowId } from '../../src/domain/file-server-key';
import type { PodEvent } from '../../src/domain/pod';
import type { PodChange } from '../../src/domain/pod-change';
import { createFileServers, type FileServers } from '../../src/workflow-clients/file-server';
import {
  type EnsureRequest,
  type FileServerWorkflow,
  forceShutdown,
  podNews,
} from '../../src/workflows/fileserver/messages';
import { AN_INSTANT, aPlan, type PodBuilder } from './builders';
import { eventually } from './eventually';
import type { FakeFileServerCluster } from './fake-file-server';

type History = temporal.api.history.v1.IHistory;

/** Timeouts and intervals that no test reaches; tests shorten those that they are about. */
export function fileServerTimeoutsOf(changes: Partial<FileServerTimeouts> = {}): FileServerTimeouts {
  return {
    createMs: 60_000,
    deleteMs: 60_000,
    kubernetesRequestMs: 10_000,
    kubernetesRetryMs: 15_000,
    createCheckMs: 60_000,
    runCheckMs: 600_000,
    finalCheckMs: 2_000,
    ...changes,
  };
}

let operations = 0;

/** A request for a file server, each with its own operation ID. */
export function anEnsureRequest(
  username = 'rachel',
  changes: Partial<FileServerTimeouts> = {},
): EnsureRequest {
  operations += 1;
  const { configuration, secrets: seal, user } = aPlan(username);
  return {
    operationId: `create-${operations}`,
    plan: {
      user,
      namespace: 'fileservers',
      routing: 'gafaelfawr',
      configuration,
      acceptedAt: AN_INSTANT,
      seal,
    },
    timeouts: fileServerTimeoutsOf(changes),
  };
}

interface Surroundings {
  readonly client: Client;
  readonly taskQueue: string;
  readonly username: string;
  readonly cluster: FakeFileServerCluster;
  readonly timeouts?: Partial<FileServerTimeouts>;
}

/** What became of a request: null when it succeeded, else the type and the message of the refusal. */
export type Answer = { readonly type: string; readonly message: string } | null;

/** The answer of a request that is under way. */
export async function answerOf(request: Promise<unknown>): Promise<Answer> {
  try {
    await request;
    return null;
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    const { type, message } = error.cause as { readonly type?: string; readonly message?: string };
    return { type: type ?? '', message: message ?? '' };
  }
}

/** One user's file server and its cluster, driven as the API, the watcher and operators drive them. */
export class FileServerUnderTest {
  readonly username: string;
  readonly cluster: FakeFileServerCluster;
  readonly servers: FileServers;

  constructor(private readonly surroundings: Surroundings) {
    this.username = surroundings.username;
    this.cluster = surroundings.cluster;
    this.servers = createFileServers(surroundings.client, surroundings.taskQueue);
    this.cluster.watcher = (change) => this.tell(change);
  }

  /** Handle of the current run. */
  get handle(): WorkflowHandle<FileServerWorkflow> {
    const { client } = this.surroundings;
    return client.workflow.getHandle<FileServerWorkflow>(fileServerWorkflowId(this.username));
  }

  aRequest(changes: Partial<FileServerTimeouts> = {}): EnsureRequest {
    return anEnsureRequest(this.username, { ...this.surroundings.timeouts, ...changes });
  }

  /** Asks for the file server, as the API does. */
  ensure(request = this.aRequest()): Promise<Answer> {
    return answerOf(this.servers.ensure(request));
  }

  delete(requester: string | null = 'admin'): Promise<Awaited<ReturnType<FileServers['delete']>>> {
    return this.servers.delete(this.username, requester);
  }

  /** Starts the file server, and lets its pod run. */
  async startRunning(request = this.aRequest()): Promise<EnsureRequest> {
    const answer = this.ensure(request);
    await this.untilCreated();
    await this.podBecomes((pod) => pod.running());
    const refused = await answer;
    if (refused) throw new Error(refused.message);
    return request;
  }

  /** Starts the workflow as reconciliation does; the cluster need not have the file server any more. */
  async adopt(observed: FileServerObservation): Promise<void> {
    const { client, taskQueue, username } = this.surroundings;
    const timeouts = fileServerTimeoutsOf(this.surroundings.timeouts);
    const adoption = {
      username,
      namespace: 'fileservers',
      routing: 'gafaelfawr',
      observed,
      startedAt: AN_INSTANT,
    } as const;
    await client.workflow.start<FileServerWorkflow>('fileserver', {
      taskQueue,
      workflowId: fileServerWorkflowId(username),
      memo: { fileServer: adoptedRecord(adoption, timeouts, AN_INSTANT) },
      args: [{ kind: 'adopt', adoption, timeouts }],
    });
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

  /** Removes the pod without the workflow, and sends that as the watcher does. */
  async podDisappears(): Promise<void> {
    const uid = this.cluster.pod?.uid ?? '';
    this.cluster.lose('pod');
    await this.tell({ pod: null, uid });
  }

  async untilCreated(): Promise<void> {
    await eventually(
      async () => this.cluster.exists,
      (exists) => exists,
    );
  }

  /** The published record. */
  async record(): Promise<FileServerRecord> {
    return (await this.handle.describe()).memo?.['fileServer'] as FileServerRecord;
  }

  /** Waits for a phase. */
  until(phase: FileServerPhase): Promise<FileServerRecord> {
    return eventually(
      () => this.record(),
      (record) => record.phase === phase,
    );
  }

  /** Waits until the workflow is closed, and returns its last record. */
  async untilClosed(): Promise<FileServerRecord> {
    const { memo } = await eventually(
      () => this.handle.describe(),
      ({ status }) => status.name !== 'RUNNING',
    );
    return memo?.['fileServer'] as FileServerRecord;
  }

  /** Resolves once the server has this update, also before a worker has. */
  async untilAsked(updateId: string): Promise<void> {
    const { client } = this.surroundings;
    const isAsked = () =>
      client.workflowService
        .pollWorkflowExecutionUpdate({
          namespace: client.options.namespace,
          updateRef: {
            workflowExecution: { workflowId: fileServerWorkflowId(this.username) },
            updateId,
          },
          waitPolicy: { lifecycleStage: ADMITTED },
        })
        .then(
          () => true,
          () => false,
        );
    await eventually(isAsked, Boolean);
  }

  history(): Promise<History> {
    return this.handle.fetchHistory();
  }
}

const ADMITTED =
  temporal.api.enums.v1.UpdateWorkflowExecutionLifecycleStage
    .UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ADMITTED;
