import type { Client } from '@temporalio/client';
import { DomainError } from '../../domain/errors';
import { labWorkflowId } from '../../domain/lab-key';
import { pendingRecord } from '../../domain/lab-record';
import type { PublishedLab } from '../../domain/published-lab';
import { isOpen } from '../../temporal/calls';
import { decodeLab, unreadableLab } from '../../workflow-clients/lab/memo';
import { labStart, newOperationId } from '../../workflow-clients/lab/start';
import { type LabWorkflowInput, type SpawnRequest, shutdown, spawn } from '../../workflows/lab/messages';
import type { Labs } from '../dependencies';
import type { KnownLab } from '../schemas/lab-state';
import { createLabList, type LabList } from './lab-list';
import { labObservationOf } from './lab-observations';
import { createReconciliationGate, type ReconciliationGate } from './reconciliation-gate';
import { createWorkflows, type WorkflowKind } from './workflows';

/** For a respawn: the workflow may first spend 30 s on reading the pod of the lab it is to replace. */
const RESPAWN_DEADLINE_MS = 45_000;

/** How often a create tries again after a workflow that closed before it could be asked. */
const CREATE_ATTEMPTS = 5;

const LAB: WorkflowKind<PublishedLab> = {
  type: 'lab',
  idOf: labWorkflowId,
  decode: decodeLab,
  endTimeoutMsOf: ({ deleteTimeoutMs }) => deleteTimeoutMs ?? null,
};

/** What labs share with other answers about them. */
export interface LabKnowledge {
  readonly reconciled: ReconciliationGate;
  readonly list: LabList;
}

/** Makes both, for the one that uses a client. */
export function createLabKnowledge(client: Client): LabKnowledge {
  return { reconciled: createReconciliationGate(client), list: createLabList(client) };
}

/**
 * Labs as workflows of type `lab`, one per user, that a Temporal client starts, asks and reads. `deleteTimeoutMs` is
 * how long a deletion of a lab may take that does not say so itself, as those of older versions.
 */
export function createLabs(
  client: Client,
  deleteTimeoutMs: () => number,
  { reconciled, list }: LabKnowledge = createLabKnowledge(client),
): Labs {
  const workflows = createWorkflows<LabWorkflowInput, PublishedLab>(client, LAB);

  /** The user's lab; null where no workflow tells, and `gone` where one tells that there is none. */
  const lookUp = async (username: string): Promise<KnownLab | 'gone' | null> => {
    const found = await workflows.describe(username);
    if (!found) {
      list.missed(username);
      return null;
    }
    const { published, run } = found;
    const sighting = labObservationOf(run);
    if (sighting) list.saw(sighting);
    if (run.status.name === 'COMPLETED') return 'gone';
    if (!isOpen(run)) return null;
    if (!published) throw unreadableLab(username);
    const { status, ...record } = published;
    return status === null ? 'gone' : { ...record, status };
  };

  /** Whether the user had a workflow that has ended their lab; null when there is none to ask. */
  const shutDown = async (username: string, requester: string | null): Promise<true | null> => {
    const operationId = newOperationId();
    const request = { updateId: operationId, arg: { operationId, requester } };
    const outcome = await workflows
      .end(username, shutdown, request, deleteTimeoutMs)
      .catch((error: unknown) => {
        list.doubt(username);
        throw deletionError(error, username);
      });
    if (outcome === 'not found') {
      list.missed(username);
      return null;
    }
    list.doubt(username);
    return true;
  };

  /** Starts the user's workflow; false when they have one already. */
  const start = (request: SpawnRequest): Promise<boolean> => {
    const { operationId, plan, timeouts } = request;
    const pending = pendingRecord(plan, { id: operationId, kind: 'spawn' }, new Date().toISOString());
    return workflows.start({
      ...labStart({ ...pending, deleteTimeoutMs: timeouts.deleteMs }),
      args: [{ kind: 'spawn', request }],
      staticDetails: `${plan.image.name}, size ${plan.size}`,
    });
  };

  /** Asks the user's workflow to spawn anew; false when it closed before it could answer. */
  const respawn = async (request: SpawnRequest): Promise<boolean> => {
    const update = { updateId: request.operationId, arg: request };
    const { username } = request.plan.user;
    return (await workflows.update(username, spawn, update, RESPAWN_DEADLINE_MS)) === 'completed';
  };

  return {
    async create(request) {
      const { username } = request.plan.user;
      // A workflow must not take the place of a lab that runs and has not got its own yet.
      const refusal = await reconciled.refusalOf(username);
      for (let attempt = 0; attempt < CREATE_ATTEMPTS; attempt += 1) {
        if ((refusal === null && (await start(request))) || (await respawn(request))) {
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

/** What the failure of a shutdown means for its caller. */
function deletionError(error: unknown, username: string): unknown {
  if (!(error instanceof DomainError)) return error;
  if (error.code === 'unknown_user') return unknownUser(username);
  return error.code === 'delete_failed' || error.code === 'workflow_timeout'
    ? new DomainError('delete_failed', 'Failed to delete lab', undefined, { cause: error })
    : error;
}

function unknownUser(username: string): DomainError {
  return new DomainError('unknown_user', `Unknown user ${username}`);
}
