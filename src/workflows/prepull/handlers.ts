import { CancellationScope, log, setHandler } from '@temporalio/workflow';
import { podNews, pullsWanted, retryPulls } from './messages';
import type { PrepullState } from './state';

/** Registers all message handlers. They record what is wanted and known; the pulls act. */
export function receiveMessages(state: PrepullState): void {
  setHandler(pullsWanted, (wanted) => take(() => state.want(wanted)));
  setHandler(podNews, (news) => take(() => state.learn(news)));
  setHandler(retryPulls, () => state.retryNow());
  // A cancellation, say from the Web UI, is an order to stop and clean up.
  CancellationScope.current().cancelRequested.catch(() => state.stop());
}

/** A signal made by hand may hold anything, and a handler that throws stops the whole workflow. */
function take(read: () => void): void {
  try {
    read();
  } catch (error) {
    log.warn('a signal could not be read', { error });
  }
}
