import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { withRequestSignal } from '../kubernetes/http';
import { toFailure } from './failures';

/**
 * Wraps every activity attempt: its Kubernetes requests end with its cancellation or its own time limit,
 * and what it throws becomes a failure that says what to do next.
 */
export function activityInterceptor(context: Context): { inbound: ActivityInboundCallsInterceptor } {
  const { cancellationSignal, info } = context;
  return {
    inbound: {
      async execute(input, next) {
        const deadline = AbortSignal.timeout(info.startToCloseTimeoutMs);
        const signal = AbortSignal.any([cancellationSignal, deadline]);
        try {
          return await withRequestSignal(signal, () => next(input));
        } catch (error) {
          throw toFailure(error, { number: info.attempt, isCancelled: cancellationSignal.aborted });
        }
      },
    },
  };
}
