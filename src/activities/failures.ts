import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { errorMessage } from '../domain/errors';
import type { FailureReason } from '../domain/lab-end';
import { adviceOnRefusal, OBSTACLE, obstacleOfRefusal, type WaitObstacle } from '../domain/obstacles';
import { type KubernetesError, toKubernetesError } from '../kubernetes/errors';
import { classify, type Verdict } from '../kubernetes/verdict';
import { StaleAttempt } from './lease';

/** How long a step is retried before its workflow gets the obstacle; ordinary spawns take less. */
const REPORT_AFTER_MS = 10_000;

/** Delay of the retry while the workflow knows the obstacle. */
const RECHECK_MS = 2_000;

/** The attempt of an activity that failed. */
export interface Attempt {
  /** 1-based. */
  readonly number: number;
  readonly isCancelled: boolean;
}

/** Retries after 401: enough for a service account token that is being rotated. */
const MAX_UNAUTHORIZED_RETRIES = 5;

/** Part of the delay that is random, so that requests refused together are not repeated together. */
const JITTER = 0.2;

/** Makes the activity poll again later: expected, so it is neither counted nor logged as a failure. */
export function notYet(what: string, afterMs?: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'NotYet',
    message: what,
    nextRetryDelay: afterMs,
    category: ApplicationFailureCategory.BENIGN,
  });
}

/**
 * Ends the activity with the obstacle that it waits for; its workflow publishes the obstacle and calls the activity
 * again.
 */
export function obstacleFailure(obstacle: WaitObstacle): ApplicationFailure {
  return ApplicationFailure.create({
    type: OBSTACLE,
    message: obstacle.message,
    nonRetryable: true,
    details: [obstacle],
    category: ApplicationFailureCategory.BENIGN,
  });
}

/** A failure without a further attempt, with the reason that the lab will show. */
export function finalFailure(reason: FailureReason, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: reason, message, nonRetryable: true });
}

/** Whether an error of an activity ends it, as an obstacle does too. */
export function isFinalFailure(error: unknown): boolean {
  const failure = toFailure(error, FIRST_ATTEMPT);
  return failure instanceof ApplicationFailure && failure.nonRetryable === true;
}

const FIRST_ATTEMPT: Attempt = { number: 1, isCancelled: false };

/**
 * Converts an error of an activity to the failure that makes Temporal retry, retry later, or end the activity with a
 * reason. Instances of ApplicationFailure are returned unchanged.
 */
export function toFailure(error: unknown, attempt: Attempt): unknown {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  const verdict = classify(error);
  const message = describe(toKubernetesError(error), error);
  switch (verdict.kind) {
    case 'aborted':
      if (attempt.isCancelled) return new CancelledFailure('Request aborted');
      return isAboutStaleAttempt(error) ? notYet(error.cause.message) : again('Request timed out', null);
    case 'retry':
      return again(message, verdict);
    case 'expired':
      return again(message, null);
    case 'unauthorized':
      return attempt.number <= MAX_UNAUTHORIZED_RETRIES
        ? again(message, null)
        : finalFailure('KubernetesForbidden', message);
    case 'quotaExceeded':
      return finalFailure('QuotaExceeded', withAdvice(message));
    case 'replaced':
      return again(message, null);
    case 'alreadyExists':
      return finalFailure('ObjectConflict', message);
    case 'forbidden':
      return finalFailure('KubernetesForbidden', withAdvice(message));
    case 'invalid':
    case 'notFound':
      return finalFailure('KubernetesInvalid', withAdvice(message));
    case 'unknown':
      return error;
  }
}

function isAboutStaleAttempt(error: unknown): error is { readonly cause: StaleAttempt } {
  return (
    typeof error === 'object' && error !== null && 'cause' in error && error.cause instanceof StaleAttempt
  );
}

/** The server's answer to a refused request, with advice for known causes. */
function withAdvice(message: string): string {
  const advice = adviceOnRefusal(message);
  return advice ? `${message}. ${advice}` : message;
}

function again(message: string, verdict: Extract<Verdict, { kind: 'retry' }> | null): ApplicationFailure {
  const afterMs = verdict?.afterMs ?? null;
  return ApplicationFailure.create({
    type: 'KubernetesUnavailable',
    message,
    nextRetryDelay: afterMs === null ? undefined : Math.ceil(afterMs * (1 + Math.random() * JITTER)),
  });
}

const ACTIONS: Readonly<Record<string, string>> = {
  create: 'creating',
  delete: 'deleting',
  get: 'reading',
  list: 'listing',
};

const KINDS: Readonly<Record<string, string>> = {
  configmaps: 'ConfigMap',
  gafaelfawringresses: 'GafaelfawrIngress',
  httproutes: 'HTTPRoute',
  ingresses: 'Ingress',
  jobs: 'Job',
  namespaces: 'Namespace',
  networkpolicies: 'NetworkPolicy',
  persistentvolumeclaims: 'PersistentVolumeClaim',
  pods: 'Pod',
  resourcequotas: 'ResourceQuota',
  secrets: 'Secret',
  services: 'Service',
};

/** The error as text for the event stream: verb, object and the server's answer. */
function describe(error: KubernetesError | null, original: unknown): string {
  if (!error) return errorMessage(original);
  const action = ACTIONS[error.verb] ?? error.verb;
  const kind = KINDS[error.kind] ?? error.kind;
  const name = [error.namespace, error.objectName].filter(Boolean).join('/');
  const status = error.code === null ? '' : `, status ${error.code}`;
  const answer = [error.reason, error.detail].filter(Boolean).join(': ');
  const what = `Error ${action} object (${kind} ${name}${status})`;
  return answer === '' ? what : `${what}: ${answer}`;
}

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
