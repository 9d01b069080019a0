import type { Client } from '@temporalio/client';
import { DomainError } from '../../domain/errors';
import { pendingRecord } from '../../domain/lab';
import { isLabUrlAt } from '../../domain/lab-address';
import { labWorkflowId } from '../../domain/lab-key';
import type { ProgressEvent } from '../../domain/progress';
import type { PublishedLab } from '../../domain/published-lab';
import type { AddressProver } from '../../sealing/address-proof';
import { isOpen } from '../../temporal/calls';
import { labStart, newOperationId } from '../../workflow-clients/lab/executions';
import { decodeLab, unreadableLab } from '../../workflow-clients/lab/memo';
import { type LabWorkflowInput, type SpawnRequest, shutdown, spawn } from '../../workflows/lab/messages';
import type { Labs, ProgressSource } from '../dependencies';
import type { KnownLab } from '../schemas/lab-state';
import { createLabList, type LabList, labObservationOf } from './lab-list';
import { createReconciliationGate, type ReconciliationGate } from './reconciliation-gate';
import { createWorkflows, type WorkflowKind } from './workflows';

/** Timeout of a respawn: the workflow may first read the pod of the old lab for 30 s. */
const RESPAWN_DEADLINE_MS = 45_000;

/** Number of attempts of a create whose workflow closes before it gets the update. */
const CREATE_ATTEMPTS = 5;

const LAB: WorkflowKind<PublishedLab> = {
  type: 'lab',
  idOf: labWorkflowId,
  decode: decodeLab,
  endTimeoutMsOf: ({ deleteTimeoutMs }) => deleteTimeoutMs ?? null,
};

/** State that labs share with other services. */
export interface LabKnowledge {
  readonly reconciled: ReconciliationGate;
  readonly list: LabList;
}

/** Creates the shared state for a Temporal client. */
export function createLabKnowledge(client: Client): LabKnowledge {
  return { reconciled: createReconciliationGate(client), list: createLabList(client) };
}

/**
 * Labs as workflows of type `lab`, one per user, that a Temporal client starts, updates and describes.
 * `deleteTimeoutMs` is the timeout of a deletion for labs of older versions, whose record has none.
 */
export function createLabs(
  client: Client,
  deleteTimeoutMs: () => number,
  { reconciled, list }: LabKnowledge = createLabKnowledge(client),
): Labs {
  const workflows = createWorkflows<LabWorkflowInput, PublishedLab>(client, LAB);

  /** The user's lab; null without a workflow, and `gone` where the workflow's lab is gone. */
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

  /** Ends the user's lab by its workflow; null without an open workflow. */
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

  /** Sends the update `spawn` to the user's workflow; false when it closed before it completed the update. */
  const respawn = async (request: SpawnRequest): Promise<boolean> => {
    const update = { updateId: request.operationId, arg: request };
    const { username } = request.plan.user;
    return (await workflows.update(username, spawn, update, RESPAWN_DEADLINE_MS)) === 'completed';
  };

  return {
    async create(request) {
      const { username } = request.plan.user;
      // A new workflow must not replace an unadopted lab that runs.
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

/** Converts the failure of a shutdown to the caller's error. */
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

/** Progress of labs. Distinguishes unknown from unadopted labs, and lets the list agree with events that were sent. */
export function createLabProgress(
  source: ProgressSource,
  { reconciled, list }: LabKnowledge,
): ProgressSource {
  async function* told(username: string, events: AsyncIterable<ProgressEvent>) {
    try {
      for await (const event of events) {
        if (event.type === 'complete' || event.type === 'failed') list.doubt(username);
        yield event;
      }
    } finally {
      list.doubt(username);
    }
  }

  return {
    async follow(username, options) {
      let unknown: unknown;
      const events = await reconciled.conclusive(username, () =>
        source.follow(username, options).catch((error: unknown) => {
          if (!(error instanceof DomainError && error.code === 'unknown_user')) throw error;
          unknown = error;
          return null;
        }),
      );
      if (events === null) throw unknown;
      return told(username, events);
    },
  };
}

export interface ProvenAddressOptions {
  readonly prover: Pick<AddressProver, 'isProven'>;
  /** Called for every lab that is read with an unproven address. */
  readonly onUnproven: (username: string) => void;
}

/**
 * Reads labs, with their URL only where its address has a valid proof. Records are in Temporal, where others may write
 * them, and the hub sends users with their credentials to the URL.
 */
export function provenAddressesOnly(
  { read }: Pick<Labs, 'read'>,
  { onUnproven, prover }: ProvenAddressOptions,
): Labs['read'] {
  const isProven = (username: string, { address, internalUrl, namespace }: KnownLab): boolean =>
    internalUrl === null ||
    (address !== undefined &&
      isLabUrlAt(internalUrl, address.podIp) &&
      prover.isProven({ username, namespace }, address));

  return async (username) => {
    const lab = await read(username);
    if (isProven(username, lab)) return lab;
    onUnproven(username);
    return { ...lab, internalUrl: null };
  };
}
