import { DefaultLogger, Runtime } from '@temporalio/worker';

/** A logger that drops messages, since tests provoke failures. */
export const silence = new DefaultLogger('ERROR', () => undefined);

/** Silences the SDK in a process that runs workers; once is enough. */
export function quietenRuntime(): void {
  try {
    Runtime.install({
      logger: silence,
      shutdownSignals: [],
      telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
    });
  } catch {
    // It is installed already.
  }
}
