import { status } from '@grpc/grpc-js';
import {
  type Client,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DomainError, ERROR_STATUS, type ErrorCode } from '../../domain/errors';
import { grpcCodeOf } from '../../temporal/calls';

/**
 * Runs calls to Temporal, and converts outages and refused updates to domain errors. Other errors, such as
 * `WorkflowNotFoundError`, are thrown unchanged.
 */
export async function callTemporal<Result>(calls: () => Promise<Result>): Promise<Result> {
  try {
    return await calls();
  } catch (error) {
    throw fromTemporal(error);
  }
}

/**
 * Timeout of calls that a Temporal server answers without a worker. Longer than the client's attempts to reach a server
 * (ten attempts, some 20 s), so that an outage is distinguished from a slow response.
 */
export const CALL_DEADLINE_MS = 25_000;

/** As `callTemporal`, with a timeout of `limitMs` for all calls together. */
export function callTemporalWithin<Result>(
  { connection }: Pick<Client, 'connection'>,
  limitMs: number,
  calls: () => Promise<Result>,
): Promise<Result> {
  return callTemporal(() => connection.withDeadline(Date.now() + limitMs, calls));
}

/** A deadline that is read only for slow calls. Both in milliseconds since their start. */
export interface LateDeadline {
  readonly askAfterMs: number;
  /** Must not reject. */
  readonly limitMs: () => Promise<number>;
}

/** As `callTemporal`, with a deadline that is read only when the calls are slow. */
export async function callTemporalUntil<Result>(
  { connection }: Pick<Client, 'connection'>,
  { askAfterMs, limitMs }: LateDeadline,
  calls: () => Promise<Result>,
): Promise<Result> {
  const beganMs = performance.now();
  const expired = new AbortController();
  let isSettled = false;
  const setDeadline = async (): Promise<void> => {
    const leftMs = (await limitMs()) - (performance.now() - beganMs);
    if (!isSettled) timer = setTimeout(() => expired.abort(), Math.max(0, leftMs));
  };
  let timer = setTimeout(() => void setDeadline(), askAfterMs);
  // The connection does not look at a signal that was aborted between two calls.
  const late = new Promise<never>((_resolve, reject) => {
    expired.signal.addEventListener('abort', () => reject(workflowTimeout(expired.signal.reason)));
  });
  try {
    return await callTemporal(() => Promise.race([connection.withAbortSignal(expired.signal, calls), late]));
  } finally {
    isSettled = true;
    clearTimeout(timer);
  }
}

/** The domain error for an error of the Temporal client; other errors unchanged. */
export function fromTemporal(error: unknown): unknown {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return workflowTimeout(error);
  }
  if (error instanceof WorkflowUpdateFailedError) {
    return refusal(error.cause) ?? error;
  }
  switch (grpcCodeOf(error)) {
    case status.UNAVAILABLE:
    case status.RESOURCE_EXHAUSTED:
    // A workflow that is not ready for an update, since its tasks are not carried out in time.
    case status.FAILED_PRECONDITION:
      return new DomainError('workflow_unavailable', 'The workflow service is unavailable', undefined, {
        cause: error,
      });
    case status.DEADLINE_EXCEEDED:
      return workflowTimeout(error);
    case null:
    default:
      return error;
  }
}

function workflowTimeout(cause: unknown): DomainError {
  return new DomainError('workflow_timeout', 'The workflow service did not answer in time', undefined, {
    cause,
  });
}

/** The form of error codes, also of those that only later versions know. Types of defects, such as `TypeError`, differ. */
const CODE_FORM = /^[a-z]+(?:_[a-z]+)+$/;

function isErrorCode(type: string): type is ErrorCode {
  return Object.hasOwn(ERROR_STATUS, type);
}

/** The domain error with which a workflow refused an update, by the type of the failure. */
function refusal(cause: unknown): DomainError | null {
  if (!(cause instanceof ApplicationFailure) || typeof cause.type !== 'string') return null;
  if (isErrorCode(cause.type)) return new DomainError(cause.type, cause.message);
  return CODE_FORM.test(cause.type) ? new DomainError('workflow_unavailable', cause.message) : null;
}
