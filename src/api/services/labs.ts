import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DomainError } from '../../domain/errors';
import { labWorkflowId } from '../../domain/lab-key';
import { pendingRecord } from '../../domain/lab-record';
import { labStart, newOperationId } from '../../temporal/lab-start';
import { type LabInput, type SpawnRequest, shutdown, spawn } from '../../workflows/lab/messages';
import type { Labs } from '../dependencies';
import { labRecord } from '../schemas/lab-record';
import type { KnownLab } from '../schemas/lab-state';
import { CALL_DEADLINE_MS, callTemporalWithin } from '../temporal-errors';
import { createLabList, type LabList } from './lab-list';
import { sightingOf } from './lab-sightings';
import { createReconciled, type Reconciled } from './reconciled';

type LabWorkflow = (input: LabInput) => Promise<void>;

/** For a respawn: the workflow may first spend 30 s on reading the pod of the lab it is to replace. */
const RESPAWN_DEADLINE_MS = 45_000;

/** What a worker may take, beyond the deletion itself, to pick a shutdown up and report its end. */
const SHUTDOWN_MARGIN_MS = 10_000;

/** How often a create looks again after meeting a workflow that closed before it could be asked. */
const CREATE_ATTEMPTS = 5;

/** What labs share with other answers about them. */
export interface LabKnowledge {
  readonly reconciled: Reconciled;
  readonly list: LabList;
}

/** Makes both, for the one that uses a client. */
export function createLabKnowledge(client: Client): LabKnowledge {
  return { reconciled: createReconciled(client), list: createLabList(client) };
}

/**
 * Labs as workflows of type `lab`, one per user, that a Temporal client starts, asks and reads. `deleteTimeoutMs` is
 * how long a deletion may take now.
 */
export function createLabs(
  client: Client,
  deleteTimeoutMs: () => number,
  { reconciled, list }: LabKnowledge = createLabKnowledge(client),
): Labs {
  const withDeadline = <Result>(limitMs: number, calls: () => Promise<Result>): Promise<Result> =>
    callTemporalWithin(client, limitMs, calls);

  const handleOf = (username: string) => client.workflow.getHandle<LabWorkflow>(labWorkflowId(username));

  /** The user's lab; null where no workflow tells, and `gone` where one tells that there is none. */
  const lookUp = async (username: string): Promise<KnownLab | 'gone' | null> => {
    try {
      const description = await withDeadline(CALL_DEADLINE_MS, () => handleOf(username).describe());
      const sighting = sightingOf(description);
      if (sighting) list.saw(sighting);
      if (description.status.name === 'COMPLETED') return 'gone';
      if (description.status.name !== 'RUNNING') return null;
      const { status, ...record } = labRecord.parse(description.memo?.['lab']);
      return status === null ? 'gone' : { ...record, status };
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      list.missed(username);
      return null;
    }
  };

  /** Whether the user had a workflow that has ended their lab; null when there is none to ask. */
  const shutDown = async (username: string, requester: string | null): Promise<true | null> => {
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
      if (error instanceof WorkflowNotFoundError) {
        list.missed(username);
        return null;
      }
      list.doubt(username);
      if (!closedMeanwhile(error)) throw deletionError(error, username);
    }
    list.doubt(username);
    return true;
  };

  return {
    async create(request) {
      const { username } = request.plan.user;
      // A workflow must not take the place of a lab that runs and has not got its own yet.
      const refusal = await reconciled.refusalOf(username);
      for (let attempt = 0; attempt < CREATE_ATTEMPTS; attempt += 1) {
        if (
          (refusal === null && (await withDeadline(CALL_DEADLINE_MS, () => start(client, request)))) ||
          (await withDeadline(RESPAWN_DEADLINE_MS, () => respawn(client, request)))
        ) {
          list.doubt(username);
          return;
        }
        if (refusal !== null) throw refusal;
      }
      throw new DomainError(
        'operation_in_progress',
        `Conflicting operation for ${username} already in progress`,
      );
    },

    async read(username) {
      const lab = await reconciled.conclusive(username, () => lookUp(username));
      if (lab === null || lab === 'gone') throw unknownUser(username);
      return lab;
    },

    async list(statuses) {
      await reconciled.checkRecent();
      const present = await list.present();
      return present
        .filter(({ status }) => status !== null && statuses.includes(status))
        .map(({ username }) => username)
        .toSorted();
    },

    async remove(username, requester) {
      const isRemoved = await reconciled.conclusive(username, () => shutDown(username, requester));
      if (!isRemoved) throw unknownUser(username);
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
