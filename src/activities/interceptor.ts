import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import { withRequestSignal } from '../kubernetes/http';
import { toFailure } from './failures';
import { AttemptLease, type HoldUps } from './lease';

/**
 * Wraps every activity attempt: its Kubernetes requests end with its cancellation or timeout, none is sent once another
 * attempt may have replaced it, and its errors are converted by `toFailure`.
 */
export function createActivityInterceptor(
  holdUps: Pick<HoldUps, 'longestSince' | 'onHoldUp'>,
): ActivityInterceptorsFactory {
  return ({ cancellationSignal, info }: Context) => {
    const inbound: ActivityInboundCallsInterceptor = {
      async execute(input, next) {
        const lease = new AttemptLease(info, holdUps);
        const check = () => lease.check();
        const deadline = AbortSignal.timeout(info.startToCloseTimeoutMs);
        const signal = AbortSignal.any([cancellationSignal, lease.signal, deadline]);
        const unsubscribe = holdUps.onHoldUp(check);
        try {
          return await withRequestSignal(signal, () => next(input), check);
        } catch (error) {
          throw toFailure(error, { number: info.attempt, isCancelled: cancellationSignal.aborted });
        } finally {
          unsubscribe();
        }
      },
    };
    return { inbound };
  };
}
