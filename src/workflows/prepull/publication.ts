import { CancellationScope, condition, setCurrentDetails, sleep, upsertMemo } from '@temporalio/workflow';
import type { PrepullReport } from '../../domain/prepull';
import type { PrepullState } from './state';

/** As many failures as the page of a workflow shows well; the memo has all. */
const SHOWN_FAILURES = 20;

/** Publishes whatever changes while `work` goes on, at once and then now and then, and what it came to in the end. */
export async function publishDuring(state: PrepullState, work: () => Promise<void>): Promise<void> {
  const scope = new CancellationScope({ cancellable: true });
  const publishing = scope.run(async () => {
    for (;;) {
      await condition(() => state.isDirty);
      publish(state);
      await sleep(state.settings?.publishMs ?? 0);
    }
  });
  publishing.catch(() => undefined);
  try {
    await work();
  } finally {
    scope.cancel();
    if (state.isDirty) publish(state);
  }
}

/** Shows operators what goes on (memo `prepull`, current details) and the API what nodes have got (memo `pulled`, absent when empty). */
export function publish(state: PrepullState): void {
  state.isDirty = false;
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
