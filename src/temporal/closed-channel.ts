import {
  InterceptingCall,
  type InterceptingListener,
  type Interceptor,
  Metadata,
  status,
} from '@grpc/grpc-js';

/** How gRPC words the use of a channel after its end. */
const CLOSED = 'Channel has been shut down';

/**
 * Ends a call on a closed channel as cancelled. To be the innermost interceptor: a call that is tried again after its
 * connection was closed would otherwise throw inside a timer of the SDK's retries, which ends the process.
 */
export const cancelOnClosedChannel: Interceptor = (options, nextCall) => {
  try {
    // Not in a call around it, which would be one more that holds back messages: nothing is to be changed.
    return nextCall(options) as InterceptingCall;
  } catch (error) {
    if (!(error instanceof Error && error.message === CLOSED)) throw error;
    return new InterceptingCall({
      start(_metadata, listener) {
        cancel(listener);
      },
      sendMessage: () => undefined,
      sendMessageWithContext: () => undefined,
      startRead: () => undefined,
      halfClose: () => undefined,
      cancelWithStatus: () => undefined,
      getPeer: () => 'none',
      getAuthContext: () => null,
    });
  }
};

function cancel(listener: Partial<InterceptingListener> | undefined): void {
  listener?.onReceiveMessage?.(null);
  listener?.onReceiveStatus?.({ code: status.CANCELLED, details: CLOSED, metadata: new Metadata() });
}
