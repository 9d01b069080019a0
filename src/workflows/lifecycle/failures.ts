import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { ErrorCode } from '../../domain/errors';
import { OBSTACLE, type WaitObstacle } from '../../domain/obstacles';

/** The failure with which an update refuses its caller. */
export function refusal(code: ErrorCode, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: code, message, nonRetryable: true });
}

/** The obstacle by which an activity has ended so that its workflow can show it; null for any other failure. */
export function obstacleOf(error: unknown): WaitObstacle | null {
  const cause = causeOf(error);
  if (!(cause instanceof ApplicationFailure) || cause.type !== OBSTACLE) return null;
  return (cause.details?.[0] as WaitObstacle | undefined) ?? null;
}

/** Whether an activity has failed in a way that is not to be repeated. */
export function isFinal(error: unknown): boolean {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure && cause.nonRetryable === true;
}

/** What an activity has thrown. The failure of a local activity comes as it is, of another one within `ActivityFailure`. */
export function causeOf(error: unknown): unknown {
  return error instanceof ActivityFailure ? error.cause : error;
}
