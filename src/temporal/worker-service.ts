import { setTimeout as delay } from 'node:timers/promises';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';

/** A worker that connects in the background, and runs until it is closed. */
export interface WorkerService {
  /** @throws Error while the worker does not poll. */
  readonly check: () => Promise<void>;
  /** Stops polling, and waits for running activities within the shutdown grace time. */
  close(): Promise<void>;
  /** Rejects when the worker fails finally. */
  readonly failed: Promise<never>;
}

const RETRY_DELAY_MS = 2_000;

/**
 * Starts a worker in the background. It waits for an unavailable Temporal server, so that processes can start in any
 * order.
 */
export function startWorkerService(
  options: Omit<WorkerOptions, 'connection' | 'namespace'>,
  logger: Logger,
): WorkerService {
  const closing = new AbortController();
  let worker: Worker | null = null;
  const run = async () => {
    const connection = await connect(logger, closing.signal);
    if (!connection) return;
    try {
      worker = await Worker.create({ ...options, ...connection });
      if (!closing.signal.aborted) await worker.run();
    } finally {
      await connection.connection.close();
    }
  };
  const running = run();
  return {
    check: async () => {
      const state = worker?.getState() ?? 'CONNECTING';
      if (state !== 'RUNNING') throw new Error(`the worker is ${state}`);
    },
    async close() {
      closing.abort();
      if (worker?.getState() === 'RUNNING') worker.shutdown();
      await running.catch(() => undefined);
    },
    failed: new Promise((_resolve, reject) => {
      running.catch(reject);
    }),
  };
}

async function connect(logger: Logger, signal: AbortSignal) {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  while (!signal.aborted) {
    try {
      return { connection: await NativeConnection.connect(connectionOptions), namespace };
    } catch (error) {
      logger.warn({ err: error, retryMs: RETRY_DELAY_MS }, 'Temporal is not reachable yet');
      await delay(RETRY_DELAY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return null;
}
