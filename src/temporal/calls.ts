import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import {
  type Client,
  isGrpcServiceError,
  ServiceError,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
  type WorkflowStartOptions,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  type SignalDefinition,
  type UpdateDefinition,
  type Workflow,
} from '@temporalio/common';

/** Timeout of calls that no user waits for, in milliseconds; their callers retry. */
const CALL_DEADLINE_MS = 15_000;

/** Makes calls to Temporal with a timeout of 15 s for all of them together. */
export function inTime<Answer>({ connection }: Client, calls: () => Promise<Answer>): Promise<Answer> {
  return connection.withDeadline(Date.now() + CALL_DEADLINE_MS, calls);
}

/** Returns the result of a call about a workflow; null when Temporal has none of its ID, or not its run. */
export async function nullIfNotFound<Answer>(call: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Signals a workflow within 15 s. A workflow that is not open is not an error. */
export async function signalIfOpen<Args extends unknown[]>(
  client: Client,
  workflowId: string,
  signal: SignalDefinition<Args>,
  ...args: Args
): Promise<void> {
  const send = () => client.workflow.getHandle(workflowId).signal(signal, ...args);
  await inTime(client, () => nullIfNotFound(send));
}

/**
 * The latest run of a workflow ID, with its memo, or null where Temporal has none. Needs no worker.
 */
export function describeLatestRun(
  { workflow }: Pick<Client, 'workflow'>,
  workflowId: string,
): Promise<WorkflowExecutionDescription | null> {
  return nullIfNotFound(() => workflow.getHandle(workflowId).describe());
}

/** Whether a run is not closed. A run that an operator has paused is open. */
export function isOpen({ status }: { readonly status: { readonly name: string } }): boolean {
  return status.name === 'RUNNING' || status.name === 'PAUSED';
}

/** Starts a workflow; false when one of its ID is open. Needs no worker. */
export async function startUnlessOpen<Type extends Workflow>(
  { workflow }: Pick<Client, 'workflow'>,
  type: string,
  options: WorkflowStartOptions<Type>,
): Promise<boolean> {
  try {
    await workflow.start<Type>(type, {
      ...options,
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/** Starts a workflow of which there is one, unless it is open. Several processes may do this at once. Needs no worker. */
export async function ensureOpen<Type extends Workflow>(
  { workflow }: Pick<Client, 'workflow'>,
  type: string,
  options: WorkflowStartOptions<Type>,
): Promise<void> {
  await workflow.start<Type>(type, {
    ...options,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
}

/**
 * What became of an update: it was completed; the workflow had accepted it, and closed before that; or there is no
 * open workflow.
 */
export type UpdateOutcome = 'completed' | 'closed' | 'not found';

/** One update, under an ID by which Temporal recognises it when it is sent again. */
export interface UpdateRequest<Arg> {
  readonly updateId: string;
  readonly arg: Arg;
}

/**
 * Delay before an update is sent again to a workflow that was not ready for it, and the time after which it is not any
 * more, in milliseconds.
 */
const NOT_READY = { delayMs: 500, limitMs: 30_000 };

/**
 * Sends an update again while its workflow is not ready: Temporal refuses updates of workflows whose last tasks were not
 * carried out in time, as of busy or killed workers, until one is. Ends with the deadline of the calls, or with the first
 * refusal after 30 s.
 */
async function onceReady<Answer>(send: () => Promise<Answer>): Promise<Answer> {
  const beganMs = performance.now();
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!isNotReady(error) || performance.now() - beganMs > NOT_READY.limitMs) throw error;
    }
    await delay(NOT_READY.delayMs);
  }
}

/** Whether Temporal has refused an update for the state of the workflow (`WorkflowNotReady`). */
function isNotReady(error: unknown): boolean {
  return grpcCodeOf(error) === status.FAILED_PRECONDITION;
}

/** The gRPC status code of an error of the client, bare or within its `ServiceError`; null of any other error. */
export function grpcCodeOf(error: unknown): number | null {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) ? cause.code : null;
}

/**
 * Sends an update and waits until it is completed.
 *
 * @throws WorkflowUpdateFailedError when the workflow refuses or fails it; WorkflowUpdateRPCTimeoutOrCancelledError
 *   when that takes longer than the deadline of the calls, though the update may yet be carried out.
 */
export async function updateWorkflow<Arg>(
  { workflow }: Pick<Client, 'workflow'>,
  workflowId: string,
  update: UpdateDefinition<void, [Arg]>,
  { arg, updateId }: UpdateRequest<Arg>,
): Promise<UpdateOutcome> {
  const complete = async (): Promise<UpdateOutcome> => {
    await workflow.getHandle(workflowId).executeUpdate(update, { args: [arg], updateId });
    return 'completed';
  };
  try {
    return (await nullIfNotFound(() => onceReady(complete))) ?? 'not found';
  } catch (error) {
    if (isClosedMeanwhile(error)) return 'closed';
    throw error;
  }
}

/**
 * Sends an update to a workflow, which is started where none of its ID is open, and waits until it is completed. `closed`
 * when the workflow closed before that.
 *
 * @throws as `updateWorkflow`.
 */
export async function updateWithStart<Type extends Workflow, Arg, Answer>(
  { workflow }: Pick<Client, 'workflow'>,
  type: string,
  options: WorkflowStartOptions<Type>,
  update: UpdateDefinition<Answer, [Arg]>,
  { arg, updateId }: UpdateRequest<Arg>,
): Promise<{ readonly answer: Answer } | 'closed'> {
  const policies = {
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  } as const;
  const send = () => {
    const startWorkflowOperation = new WithStartWorkflowOperation<Type>(type, { ...options, ...policies });
    return workflow.executeUpdateWithStart(update, { args: [arg], updateId, startWorkflowOperation });
  };
  try {
    return { answer: await onceReady(send) };
  } catch (error) {
    if (isClosedMeanwhile(error)) return 'closed';
    throw error;
  }
}

/** Whether an update was accepted by a workflow that then closed without completing it. */
function isClosedMeanwhile(error: unknown): boolean {
  return isRefusedWith(error, 'AcceptedUpdateCompletedWorkflow');
}

/** Whether an update failed with an ApplicationFailure of this type. */
export function isRefusedWith(error: unknown, type: string): boolean {
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === type
  );
}
