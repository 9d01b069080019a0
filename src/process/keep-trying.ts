import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

const RETRY_DELAY_MS = 2_000;

/** Tries until it works, logging each failure as `complaint`; gives up quietly once the signal is aborted. */
export async function keepTrying(
  attempt: () => Promise<void>,
  { complaint, logger, signal }: { complaint: string; logger: Logger; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await attempt();
      return;
    } catch (error) {
      logger.warn({ err: error, retryMs: RETRY_DELAY_MS }, complaint);
      await delay(RETRY_DELAY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
