import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** A Temporal client with the connection that it owns. */
export interface TemporalClient {
  readonly client: Client;
  /** Resolves when the server answers. @throws when it does not within the deadline. */
  readonly check: () => Promise<void>;
  close(): Promise<void>;
}

const CHECK_DEADLINE_MS = 5_000;

/** About six seconds of trying; the default of ten attempts keeps callers of the API waiting for twenty. */
const MAX_ATTEMPTS = 7;

/**
 * Makes a client from `TEMPORAL_*` variables or a Temporal configuration file. The connection is lazy, so
 * that a process starts, and tells that it is not ready, while Temporal is away.
 */
export function createTemporalClient(): TemporalClient {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const retry = makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: MAX_ATTEMPTS }));
  const connection = Connection.lazy({ ...connectionOptions, interceptors: [retry] });
  return {
    client: new Client({ connection, namespace }),
    check: async () => {
      await connection.withDeadline(Date.now() + CHECK_DEADLINE_MS, async () => {
        await connection.ensureConnected();
        await connection.workflowService.getSystemInfo({});
      });
    },
    close: () => connection.close(),
  };
}
