import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DomainError } from '../../domain/errors';
import type { LabStatus } from '../../domain/lab';
import { pendingRecord } from '../../domain/lab-record';
import { labWorkflowId } from '../../temporal/ids';
import { labStart, newOperationId } from '../../temporal/lab-start';
import { publishedLabs } from '../../temporal/open-labs';
import { type LabInput, type SpawnRequest, shutdown, spawn } from '../../workflows/lab/messages';
import type { Labs } from '../dependencies';
import { labRecord, listedLab } from '../schemas/lab-record';
import type { KnownLab } from '../schemas/lab-state';
import { CALL_DEADLINE_MS, callTemporalWithin } from '../temporal-errors';
import { recent } from './recent';

type LabWorkflow = (input: LabInput) => Promise<void>;

/** For a respawn: the workflow may first spend 30 s on reading the pod of the lab it is to replace. */
const RESPAWN_DEADLINE_MS = 45_000;

/** What a worker may take, beyond the deletion itself, to pick a shutdown up and report its end. */
const SHUTDOWN_MARGIN_MS = 10_000;

const LIST_MAX_AGE_MS = 2_000;

/** How often a create looks again after meeting a workflow that closed before it could be asked. */
const CREATE_ATTEMPTS = 5;

/**
 * Labs as workflows of type `lab`, one per user, that a Temporal client starts, asks and reads. `deleteTimeoutMs` is
 * how long a deletion may take now.
 */
export function createLabs(client: Client, deleteTimeoutMs: () => number): Labs {
  const withDeadline = <Result>(limitMs: number, calls: () => Promise<Result>): Promise<Result> =>
    callTemporalWithin(client, limitMs, calls);

  const handleOf = (username: string) => client.workflow.getHandle<LabWorkflow>(labWorkflowId(username));

  const listAll = recent(async () => {
    const known: { username: string; status: LabStatus }[] = [];
    await withDeadline(CALL_DEADLINE_MS, async () => {
      for await (const memo of publishedLabs(client)) {
        const lab = listedLab.safeParse(memo).data;
        if (lab?.status) {
          known.push({ username: lab.user.username, status: lab.status });
        }
      }
    });
    return known;
  }, LIST_MAX_AGE_MS);

  return {
    async create(spawn) {
      const request = { operationId: newOperationId(), ...spawn };
      for (let attempt = 0; attempt < CREATE_ATTEMPTS; attempt += 1) {
        if (
          (await withDeadline(CALL_DEADLINE_MS, () => start(client, request))) ||
          (await withDeadline(RESPAWN_DEADLINE_MS, () => respawn(client, request)))
        ) {
          return;
        }
      }
      throw new DomainError(
        'operation_in_progress',
        `Conflicting operation for ${spawn.plan.user.username} already in progress`,
      );
    },

    async read(username) {
      const description = await withDeadline(CALL_DEADLINE_MS, () => handleOf(username).describe()).catch(
        (error: unknown) => {
          throw error instanceof WorkflowNotFoundError ? unknownUser(username) : error;
        },
      );
      if (description.status.name !== 'RUNNING') {
        throw unknownUser(username);
      }
      const { status, ...record } = labRecord.parse(description.memo?.['lab']);
      if (status === null) {
        throw unknownUser(username);
      }
      return { ...record, status } satisfies KnownLab;
    },

    async list(statuses) {
      const known = await listAll();
      return known
        .filter(({ status }) => statuses.includes(status))
        .map(({ username }) => username)
        .toSorted();
    },

    async remove(username, requester) {
      const operationId = newOperationId();
      try {
        await withDeadline(deleteTimeoutMs() + SHUTDOWN_MARGIN_MS, async () => {
          const update = await handleOf(username).startUpdate(shutdown, {
            args: [{ operationId, requester }],
            updateId: operationId,
            waitForStage: 'ACCEPTED',
          });
          await update.result();
        });
      } catch (error) {
        if (!closedMeanwhile(error)) {
          throw deletionError(error, username);
        }
      }
    },
  };
}

/** Starts the user's workflow; false when they have one already. Needs no worker. */
async function start(client: Client, request: SpawnRequest): Promise<boolean> {
  const { plan } = request;
  const operation = { id: request.operationId, kind: 'spawn' } as const;
  const record = pendingRecord(plan, operation, new Date().toISOString());
  try {
    await client.workflow.start<LabWorkflow>('lab', {
      ...labStart(record),
      args: [{ kind: 'spawn', request }],
      staticDetails: `${plan.image.name}, size ${plan.size}`,
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      return false;
    }
    throw error;
  }
}

/** Asks the user's workflow to spawn anew; false when it closed before it could answer. */
async function respawn(client: Client, request: SpawnRequest): Promise<boolean> {
  const { operationId, plan } = request;
  try {
    await client.workflow
      .getHandle<LabWorkflow>(labWorkflowId(plan.user.username))
      .executeUpdate(spawn, { args: [request], updateId: operationId });
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || closedMeanwhile(error)) {
      return false;
    }
    throw error;
  }
}

/** Whether an update was accepted by a workflow that then closed without completing it. */
function closedMeanwhile(error: unknown): boolean {
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'AcceptedUpdateCompletedWorkflow'
  );
}

/** What the failure of a shutdown means for its caller. */
function deletionError(error: unknown, username: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return unknownUser(username);
  }
  if (!(error instanceof DomainError)) {
    return error;
  }
  if (error.code === 'unknown_user') {
    return unknownUser(username);
  }
  return error.code === 'delete_failed' || error.code === 'workflow_timeout'
    ? new DomainError('delete_failed', 'Failed to delete lab', undefined, { cause: error })
    : error;
}

function unknownUser(username: string): DomainError {
  return new DomainError('unknown_user', `Unknown user ${username}`);
}
