import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { OBSTACLE, obstacleOfRefusal } from '../domain/obstacles';
import { notYet, obstacleFailure, toFailure } from './failures';

/** How long a step is retried before its workflow gets the obstacle; ordinary spawns take less. */
const REPORT_AFTER_MS = 10_000;

/** Delay of the retry while the workflow knows the obstacle. */
const RECHECK_MS = 2_000;

/**
 * Ends an activity with the obstacle that it waits for, where that differs from the one that its workflow knows
 * (`told`): at once where the work itself throws an obstacle, after a while where it only fails again and again. The
 * workflow publishes the obstacle and calls the activity again. An absent `told` means a workflow that does not handle
 * obstacles.
 */
export async function withObstacles<Result>(
  told: string | null | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw told === undefined ? withoutObstacle(error) : withObstacle(error, told);
  }
}

function withObstacle(error: unknown, told: string | null): unknown {
  if (isObstacle(error)) return error.message === told ? withoutObstacle(error) : error;
  const lasting = lastingObstacle(error);
  return lasting && (told === null || subjectOf(lasting.message) !== subjectOf(told))
    ? obstacleFailure(lasting)
    : error;
}

/** The object and the status in a failure's message. The rest of the message may differ with every answer. */
function subjectOf(message: string): string {
  const end = message.indexOf('): ');
  return end < 0 ? message : message.slice(0, end);
}

function withoutObstacle(error: unknown): unknown {
  return isObstacle(error) ? notYet(error.message, RECHECK_MS) : error;
}

function isObstacle(error: unknown): error is ApplicationFailure {
  return error instanceof ApplicationFailure && error.type === OBSTACLE;
}

/** The obstacle of a failure that is retried and has lasted long enough to be reported; null for a final failure. */
function lastingObstacle(error: unknown) {
  const { info, cancellationSignal } = Context.current();
  if (Date.now() - info.scheduledTimestampMs < REPORT_AFTER_MS || cancellationSignal.aborted) return null;
  const failure = toFailure(error, { number: info.attempt, isCancelled: false });
  const isTriedAgain = failure instanceof ApplicationFailure && !failure.nonRetryable;
  return isTriedAgain && failure.type !== 'NotYet' ? obstacleOfRefusal(failure.message) : null;
}
