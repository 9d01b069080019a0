import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';

/** Time of an attempt beyond the timeouts of its requests, so that a stalled request ends before its attempt. */
const MARGIN_MS = 5_000;

/** Longest time until a cancellation reaches a request under way, and until the end of a worker is detected. */
const HEARTBEAT_TIMEOUT = '3s';

/** Timeout of an attempt with `requests` sequential requests, in milliseconds. */
function attemptMs(requestMs: number, requests: number): number {
  return requests * requestMs + MARGIN_MS;
}

/**
 * Retried, with growing delays, until the step's own deadline; each of the `requests` of an attempt may take
 * `requestMs`.
 */
export function quick(requestMs: number, requests = 1) {
  return {
    startToCloseTimeout: attemptMs(requestMs, requests),
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
    cancellationType: 'TRY_CANCEL',
  } as const satisfies ActivityOptions;
}

/**
 * The same for activities that must not have an effect after the next step has begun: a cancellation waits for the
 * attempt in flight.
 */
export function quickAndAwaited(requestMs: number, requests = 1) {
  return {
    ...quick(requestMs, requests),
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  } as const satisfies ActivityOptions;
}

/** For polling: each attempt checks once, every two seconds, without a limit of attempts. */
export function untilSo(requestMs: number) {
  return {
    ...quick(requestMs),
    retry: { initialInterval: '2s', backoffCoefficient: 1 },
  } as const satisfies ActivityOptions;
}

/** For a read that is given up after `limitMs`. */
export function givenUpAfter(limitMs: number) {
  return { scheduleToCloseTimeout: Math.max(1, limitMs) } as const satisfies ActivityOptions;
}

/** For a read that is repeated regularly: given up after one attempt. */
export function readOnce(requestMs: number) {
  return givenUpAfter(attemptMs(requestMs, 1));
}

/**
 * For the first attempt of an activity as part of the workflow task, without an activity task of its own. Ends before a
 * workflow task times out (4 s).
 */
export function firstAttempt() {
  return {
    startToCloseTimeout: '2500ms',
    // Neither may it wait for longer, so that it has ended by then in any case.
    scheduleToCloseTimeout: '2500ms',
    retry: { maximumAttempts: 1 },
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  } as const satisfies LocalActivityOptions;
}
