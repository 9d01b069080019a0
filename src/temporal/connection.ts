import {
  InterceptingCall,
  type InterceptingListener,
  type Interceptor,
  Metadata,
  status,
} from '@grpc/grpc-js';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

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

/** A Temporal client with the connection that it owns. */
export interface TemporalClient {
  readonly client: Client;
  /** Host and port of the frontend. */
  readonly address: string;
  /** Resolves when the server answers. @throws Error when it does not within the timeout. */
  readonly check: () => Promise<void>;
  close(): Promise<void>;
}

const CHECK_DEADLINE_MS = 5_000;

/** Attempts take about six seconds; the default of ten would let callers of the API wait for twenty. */
const MAX_ATTEMPTS = 7;

/**
 * The default delays of gRPC grow to two minutes, which also delays the first call to a server that is available again.
 */
const CHANNEL = { 'grpc.initial_reconnect_backoff_ms': 500, 'grpc.max_reconnect_backoff_ms': 3_000 };

/**
 * Makes a client from `TEMPORAL_*` variables or a Temporal configuration file. The connection is lazy, so
 * that a process starts, and reports that it is not ready, while Temporal is unavailable. `maxAttempts` is for each call.
 */
export function createTemporalClient({ maxAttempts = MAX_ATTEMPTS } = {}): TemporalClient {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const retry = makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts }));
  const connection = Connection.lazy({
    ...connectionOptions,
    channelArgs: CHANNEL,
    interceptors: [retry, cancelOnClosedChannel],
  });
  return {
    client: new Client({ connection, namespace }),
    address: connectionOptions.address ?? 'localhost:7233',
    check: async () => {
      // Not `ensureConnected`, which caches its first failure for ever.
      await connection.withDeadline(Date.now() + CHECK_DEADLINE_MS, () =>
        connection.workflowService.getSystemInfo({}),
      );
    },
    close: () => connection.close(),
  };
}
