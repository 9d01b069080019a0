import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { cancelOnClosedChannel } from './closed-channel';

/** A Temporal client with the connection that it owns. */
export interface TemporalClient {
  readonly client: Client;
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
 * that a process starts, and reports that it is not ready, while Temporal is unavailable.
 */
export function createTemporalClient(): TemporalClient {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const retry = makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: MAX_ATTEMPTS }));
  const connection = Connection.lazy({
    ...connectionOptions,
    channelArgs: CHANNEL,
    interceptors: [retry, cancelOnClosedChannel],
  });
  return {
    client: new Client({ connection, namespace }),
    check: async () => {
      // Not `ensureConnected`, which caches its first failure for ever.
      await connection.withDeadline(Date.now() + CHECK_DEADLINE_MS, () =>
        connection.workflowService.getSystemInfo({}),
      );
    },
    close: () => connection.close(),
  };
}
