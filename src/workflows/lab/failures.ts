import { ActivityFailure, ApplicationFailure, log } from '@temporalio/workflow';
import { FAILURE_REASONS, type FailureReason, type LabFailure } from '../../domain/lab-end';
import { OBSTACLE, type WaitObstacle } from '../../domain/obstacles';

/** A failure of the lab itself, thrown inside a phase and caught by it. */
export function labFailure({ reason, message }: LabFailure): ApplicationFailure {
  return ApplicationFailure.create({ type: reason, message, nonRetryable: true });
}

/** What an activity has ended to tell, or null when it failed. */
export function obstacleOf(error: unknown): WaitObstacle | null {
  const cause = error instanceof ActivityFailure ? error.cause : null;
  if (!(cause instanceof ApplicationFailure) || cause.type !== OBSTACLE) return null;
  return (cause.details?.[0] as WaitObstacle | undefined) ?? null;
}

/** Turns what a phase caught into what the lab's user and operator are told. */
export function toLabFailure(error: unknown): LabFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && isFailureReason(cause.type)) {
    return { reason: cause.type, message: cause.message };
  }
  log.error('unexpected lab failure', { error });
  return { reason: 'InternalError', message: 'An internal error occurred; the operators can see it' };
}

function isFailureReason(type: string | null | undefined): type is FailureReason {
  return FAILURE_REASONS.some((reason) => reason === type);
}
