import type { Client, WorkflowExecutionInfo, WorkflowStartOptions } from '@temporalio/client';
import {
  adoptedRecord,
  type FileServerAdoption,
  type FileServerPhase,
  type FileServerRecord,
  type FileServerTimeouts,
} from '../domain/file-server';
import { fileServerWorkflowId } from '../domain/file-server-key';
import {
  describeLatestRun,
  isOpen,
  isRefusedWith,
  nullIfNotFound,
  signalIfOpen,
  startUnlessOpen,
  updateWithStart,
  updateWorkflow,
} from '../temporal/calls';
import {
  checkFileServer,
  type EnsureRequest,
  ensure,
  type FileServerWorkflow,
  type FileServerWorkflowInput,
  shutdown,
} from '../workflows/fileserver/messages';
import { decodeFileServer, type PublishedFileServer, phaseOf } from './file-server-memo';
import { newOperationId } from './lab/executions';
import { LAB_SINCE, LAB_STATUS, LAB_USER, TASK_QUEUES, WORKFLOW_TASK_TIMEOUT } from './names';

/** Number of attempts of a request whose workflow closes before it gets it. */
const ATTEMPTS = 5;

/** Time beyond the work itself for a worker to receive an update and to report its completion. */
const MARGIN_MS = 10_000;

/** How long visibility may lag behind a change. */
const LAG_MS = 30_000;

/** Maximum number of users whose workflow is described for a list; older ones are left to visibility. */
const MAX_DOUBTED = 1_000;

/** Workflows described at a time. */
const ASKED_TOGETHER = 20;

/** Keeps a page, which has the memos, below the 4 MiB of a gRPC message. */
const PAGE_SIZE = 250;

/**
 * File servers as workflows of type `fileserver`, one per user. All calls throw what Temporal's client throws; refusals
 * of the workflow have the type of an error of the API.
 */
export interface FileServers {
  /**
   * Starts the user's file server, or joins what runs or is being created; resolves once it is usable, within
   * `ensureLimitMs`. One call starts the workflow and waits.
   *
   * @throws WorkflowUpdateFailedError with a failure of type `file_server_create_failed`.
   */
  ensure(request: EnsureRequest): Promise<void>;
  /**
   * Usernames of file servers that run, sorted. Visibility lags, so those that this process has changed lately are
   * looked up.
   */
  running(): Promise<string[]>;
  /** The user's latest file server; undefined without one. Needs no worker. */
  find(username: string): Promise<FoundFileServer | undefined>;
  /**
   * Ends the user's file server, also one that is being created, and resolves once its objects are gone, within
   * `deleteLimitMs`. `requester` is the name of the caller.
   *
   * @throws WorkflowUpdateFailedError with a failure of type `file_server_delete_failed`.
   */
  delete(username: string, requester: string | null): Promise<'deleted' | 'not-running' | 'unknown'>;
}

/** A user's file server, open or retained. */
export interface FoundFileServer {
  readonly phase: FileServerPhase;
  /** Null where a newer version has written it in another form. */
  readonly record: PublishedFileServer | null;
}

/** Longest time that `ensure` takes, in milliseconds: a failed creation is cleaned up before its callers are answered. */
export function ensureLimitMs({
  createMs,
  deleteMs,
}: Pick<FileServerTimeouts, 'createMs' | 'deleteMs'>): number {
  return createMs + deleteMs + MARGIN_MS;
}

/** Longest time that `delete` takes, in milliseconds. */
export function deleteLimitMs({ deleteMs }: Pick<FileServerTimeouts, 'deleteMs'>): number {
  return 2 * deleteMs + MARGIN_MS;
}

/** Start options of a file server's workflow: its ID, memo and search attributes. */
function startOf(record: FileServerRecord) {
  const { phase, since, username } = record;
  return {
    workflowId: fileServerWorkflowId(username),
    taskQueue: TASK_QUEUES.controller,
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    memo: { fileServer: record },
    typedSearchAttributes: [
      { key: LAB_USER, value: username },
      { key: LAB_STATUS, value: phase },
      { key: LAB_SINCE, value: new Date(since) },
    ],
    staticSummary: `File server of ${username}`,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  } satisfies Partial<WorkflowStartOptions>;
}

/** File servers through a Temporal client. */
export function createFileServers(client: Client, taskQueue: string = TASK_QUEUES.controller): FileServers {
  /** When this process has changed a user's file server, in milliseconds of the epoch; oldest first. */
  const doubted = new Map<string, number>();

  const doubt = (username: string): void => {
    doubted.delete(username);
    doubted.set(username, Date.now());
    for (const [oldest, atMs] of doubted) {
      if (doubted.size <= MAX_DOUBTED && Date.now() - atMs < LAG_MS) break;
      doubted.delete(oldest);
    }
  };

  const find = async (username: string): Promise<FoundFileServer | undefined> => {
    const run = await describeLatestRun(client, fileServerWorkflowId(username));
    if (!run) return undefined;
    const record = decodeFileServer(run.memo);
    return { phase: phaseOf(record, isOpen(run)), record };
  };

  /** Starts the workflow unless it is open, and sends the request; false when it closed before it got that. */
  const request = async (asked: EnsureRequest): Promise<boolean> => {
    const options = {
      ...startOf(acceptedRecord(asked)),
      taskQueue,
      args: [{ kind: 'new', username: asked.plan.user.username }] as [FileServerWorkflowInput],
    };
    const update = { updateId: asked.operationId, arg: asked };
    const send = () =>
      updateWithStart<FileServerWorkflow, EnsureRequest, void>(client, 'fileserver', options, ensure, update);
    const outcome = await nullIfNotFound(send);
    return outcome !== null && outcome !== 'closed';
  };

  return {
    find,

    async ensure(asked) {
      const { username } = asked.plan.user;
      doubt(username);
      try {
        for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) if (await request(asked)) return;
      } finally {
        doubt(username);
      }
      throw new Error(`the workflow of the file server of ${username} closes again and again`);
    },

    async running() {
      const names = new Set<string>();
      for await (const { memo } of openFileServers(client)) {
        const record = decodeFileServer(memo);
        if (record?.phase === 'running') names.add(record.username);
      }
      const asked = [...doubted.keys()];
      for (let first = 0; first < asked.length; first += ASKED_TOGETHER) {
        const some = asked.slice(first, first + ASKED_TOGETHER);
        const found = await Promise.all(some.map(find));
        for (const [index, username] of some.entries()) {
          if (found[index]?.phase === 'running') names.add(username);
          else names.delete(username);
        }
      }
      return [...names].toSorted();
    },

    async delete(username, requester) {
      doubt(username);
      const operationId = newOperationId();
      const update = { updateId: operationId, arg: { operationId, requester } };
      try {
        const outcome = await updateWorkflow(client, fileServerWorkflowId(username), shutdown, update);
        if (outcome !== 'not found') return 'deleted';
        return (await find(username)) ? 'not-running' : 'unknown';
      } catch (error) {
        if (isRefusedWith(error, 'unknown_user')) return 'not-running';
        throw error;
      } finally {
        doubt(username);
      }
    },
  };
}

/** The record that a workflow begins with. */
function acceptedRecord({ operationId, plan, timeouts }: EnsureRequest): FileServerRecord {
  const { acceptedAt, namespace, routing, user } = plan;
  return {
    username: user.username,
    namespace,
    routing,
    phase: 'starting',
    operationId,
    since: acceptedAt,
    startedAt: acceptedAt,
    failure: null,
    end: null,
    deleteTimeoutMs: timeouts.deleteMs,
    isAdopted: false,
  };
}

/** Lists the workflows of file servers that are not closed, with their memos. Visibility lags by some seconds. */
export function openFileServers({
  workflow,
}: Pick<Client, 'workflow'>): AsyncIterable<WorkflowExecutionInfo> {
  return workflow.list({ query: OPEN_FILE_SERVERS, pageSize: PAGE_SIZE });
}

/** Visibility query of the workflows of all file servers that are not closed. */
export const OPEN_FILE_SERVERS = "WorkflowType='fileserver' AND ExecutionStatus='Running'";

/** Starts the workflow of a file server that exists without one; false when one is open. Needs no worker. */
export function adoptFileServer(
  client: Client,
  adoption: FileServerAdoption,
  timeouts: FileServerTimeouts,
): Promise<boolean> {
  const record = adoptedRecord(adoption, timeouts, new Date().toISOString());
  return startUnlessOpen<FileServerWorkflow>(client, 'fileserver', {
    ...startOf(record),
    args: [{ kind: 'adopt', adoption, timeouts }],
  });
}

/** Makes the workflow of a running file server read its objects now, so that it ends where they are gone. */
export function checkSoon(client: Client, username: string): Promise<void> {
  return signalIfOpen(client, fileServerWorkflowId(username), checkFileServer);
}
