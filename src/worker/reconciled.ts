import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessContext } from '../process/context';
import { inTime } from '../temporal/calls';
import { readReconciliation, startFirstPass } from '../temporal/reconciliation-record';

/** How soon a loss of Temporal's data is noticed, at the price of one `describe` for each worker. */
const CHECK_MS = 2_000;

/** How soon labs that could not be adopted are tried again, in between the passes of the schedule. */
const UNSETTLED_RETRY_MS = 60_000;

/**
 * Sees to it that labs are reconciled at once where Temporal holds no record of it: at the first start, and after a
 * loss of its data, when `restore` puts back what else a start sets up. Goes on until the signal is aborted.
 */
export async function keepReconciled(
  { logger, temporal: { client } }: Pick<ProcessContext, 'logger' | 'temporal'>,
  restore: () => void,
  signal: AbortSignal,
): Promise<void> {
  let isStart = true;
  let wasMissing = false;
  let triedAt = Number.NEGATIVE_INFINITY;
  const check = async (): Promise<void> => {
    const record = await readReconciliation(client);
    if (record === null) {
      await startFirstPass(client);
      if (!isStart && !wasMissing) {
        logger.warn('Temporal holds no record of reconciliation any more; labs are adopted anew');
        restore();
      }
    } else if (record.unsettled.length > 0 && performance.now() - triedAt >= UNSETTLED_RETRY_MS) {
      triedAt = performance.now();
      logger.warn({ unsettled: record.unsettled }, 'labs that run are not adopted; trying them again');
      await startFirstPass(client);
    }
    wasMissing = record === null;
    isStart = false;
  };
  while (!signal.aborted) {
    await inTime(client, check).catch((error: unknown) => {
      logger.debug({ err: error }, 'the record of reconciliation cannot be read');
    });
    await delay(CHECK_MS, undefined, { signal }).catch(() => undefined);
  }
}
