import type { ActivityOptions } from '@temporalio/workflow';

/** What an attempt has beyond the limits of its requests, so that a stalled request ends before its attempt does. */
const MARGIN_MS = 5_000;

/** A request under way learns within that time that it is cancelled, and its worker's death is noticed. */
const HEARTBEAT_TIMEOUT = '5s';

/** Longest time of an attempt that makes so many requests one after the other, in milliseconds. */
function attemptMs(requestMs: number, requests: number): number {
  return requests * requestMs + MARGIN_MS;
}

/** Tried again, with growing pauses, until the step's own deadline; `requests` of one attempt may each take `requestMs`. */
export function quick(requestMs: number, requests = 1) {
  return {
    startToCloseTimeout: attemptMs(requestMs, requests),
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' },
    cancellationType: 'TRY_CANCEL',
  } as const satisfies ActivityOptions;
}

/**
 * The same for what must not have an effect after the step that comes next: when it is cancelled, the attempt in flight
 * is waited for.
 */
export function quickAndAwaited(requestMs: number, requests = 1) {
  return {
    ...quick(requestMs, requests),
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  } as const satisfies ActivityOptions;
}

/** "Until it is so": each attempt is one look, two seconds apart, without end. */
export function untilSo(requestMs: number) {
  return {
    ...quick(requestMs),
    retry: { initialInterval: '2s', backoffCoefficient: 1 },
  } as const satisfies ActivityOptions;
}

/** For a read that is better given up after `limitMs` than waited for. */
export function givenUpAfter(limitMs: number) {
  return { scheduleToCloseTimeout: Math.max(1, limitMs) } as const satisfies ActivityOptions;
}

/** For a read of which the next one is due soon: given up after one attempt's time. */
export function readOnce(requestMs: number) {
  return givenUpAfter(attemptMs(requestMs, 1));
}
