import { ApplicationFailure, log } from '@temporalio/workflow';
import { FAILURE_REASONS, type FailureReason, type LabFailure } from '../../domain/lab-end';
import { causeOf } from '../lifecycle/failures';

/** A failure of the lab, thrown and caught within a phase. */
export function labFailure({ reason, message }: LabFailure): ApplicationFailure {
  return ApplicationFailure.create({ type: reason, message, nonRetryable: true });
}

/** Converts an error that a phase caught to the failure that is published. */
export function toLabFailure(error: unknown): LabFailure {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure && isFailureReason(cause.type)) {
    return { reason: cause.type, message: cause.message };
  }
  log.error('unexpected lab failure', { error });
  return { reason: 'InternalError', message: 'An internal error occurred; the operators can see it' };
}

function isFailureReason(type: string | null | undefined): type is FailureReason {
  return FAILURE_REASONS.some((reason) => reason === type);
}
