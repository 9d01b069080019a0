import { CancellationScope, condition, setCurrentDetails, sleep, upsertMemo } from '@temporalio/workflow';
import type { PrepullReport } from '../../domain/prepull';
import type { PrepullState } from './state';

/** Number of failures in the current details; the memo has all. */
const SHOWN_FAILURES = 20;

/** Publishes changes while `work` goes on, the first at once and the others at intervals, and the state at its end. */
export async function publishDuring(state: PrepullState, work: () => Promise<void>): Promise<void> {
  const scope = new CancellationScope({ cancellable: true });
  const publishing = scope.run(async () => {
    for (;;) {
      await condition(() => state.needsPublication);
      publish(state);
      await sleep(state.settings?.publishMs ?? 0);
    }
  });
  publishing.catch(() => undefined);
  try {
    await work();
  } finally {
    scope.cancel();
    if (state.needsPublication) publish(state);
  }
}

/**
 * Publishes the state for operators (memo `prepull`, current details) and pulled images for the API (memo `pulled`,
 * absent when empty).
 */
export function publish(state: PrepullState): void {
  state.markPublished();
  const report = state.report();
  upsertMemo({ prepull: report, pulled: state.recent() });
  setCurrentDetails(describe(report));
}

function describe({ running, failed, failedCount, waiting, done }: PrepullReport): string {
  const counts = `${running.length} running, ${waiting} waiting, ${failedCount} failed, ${done} done`;
  const pulls = running.map(({ node, reference, since }) => `- ${reference} to ${node} since ${since}`);
  const failures = failed.slice(0, SHOWN_FAILURES).map(({ node, reference, reason, attempts, nextTryAt }) => {
    return `- ${reference} to ${node}: ${reason} (attempt ${attempts}, next at ${nextTryAt})`;
  });
  const more = failedCount - failures.length;
  return [
    `**${counts}**`,
    pulls.join('\n'),
    failures.length > 0 ? '**Failed, will be tried again**' : '',
    [...failures, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
