import { ActivityFailure, ApplicationFailure, log } from '@temporalio/workflow';
import type { ErrorCode } from '../../domain/errors';
import { type FsadminObject, OBJECT_IN_THE_WAY } from '../../domain/fsadmin';
import { FAILURE_REASONS, type FailureReason } from '../../domain/lab-end';
import { causeOf, refusal } from '../lifecycle/failures';

/** Why an operation failed: for operators, and the failure that its caller gets. */
export interface OperationFailure {
  readonly reason: FailureReason;
  readonly message: string;
  readonly answer: ApplicationFailure;
}

/** A failure with a reason, which its caller gets with this code. */
export function operationFailure(
  reason: FailureReason,
  message: string,
  code: ErrorCode,
  answer = message,
): OperationFailure {
  return { reason, message, answer: refusal(code, answer) };
}

/** Converts an error of an operation's activities. */
export function failureOf(error: unknown): OperationFailure {
  const cause = causeOf(error);
  const failure = cause instanceof ApplicationFailure ? cause : null;
  const reason = FAILURE_REASONS.find((known) => known === failure?.type);
  if (!failure || reason === undefined) {
    log.error('unexpected failure of file system administration', { error });
    const message = 'An internal error occurred; the operators can see it';
    return operationFailure('InternalError', message, 'internal_error');
  }
  return operationFailure(
    reason,
    failure.message,
    reason === 'PlanRefused' ? 'permission_denied' : 'kubernetes_error',
  );
}

/** The object of another creation that keeps a creation from going on; null for any other error. */
export function objectInTheWay(error: unknown): FsadminObject | null {
  const cause = error instanceof ActivityFailure ? error.cause : null;
  if (!(cause instanceof ApplicationFailure) || cause.type !== OBJECT_IN_THE_WAY) return null;
  return (cause.details?.[0] as FsadminObject | undefined) ?? null;
}
