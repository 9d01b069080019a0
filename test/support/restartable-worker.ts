import { Worker, type WorkerOptions } from '@temporalio/worker';

/** A worker that can be stopped and started. */
export interface RestartableWorker {
  start(): Promise<void>;
  /** Resolves when it has ended; at once while it is stopped. */
  stop(): Promise<void>;
}

/** Starts a worker that can be stopped and started again. */
export async function restartableWorker(options: WorkerOptions): Promise<RestartableWorker> {
  let end = async (): Promise<void> => undefined;
  const worker: RestartableWorker = {
    async start() {
      const started = await Worker.create(options);
      const running = started.run();
      end = async () => {
        if (started.getState() === 'RUNNING') started.shutdown();
        await running;
      };
    },
    stop: () => end(),
  };
  await worker.start();
  return worker;
}
