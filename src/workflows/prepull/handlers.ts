import { handleBareSignal, handleCancellation, handleSignal } from '../lifecycle/handlers';
import { podNews, pullsWanted, retryPulls } from './messages';
import { readPullNews, readPullsWanted } from './readers';
import type { PrepullState } from './state';

/** Registers all message handlers. They record what is wanted and known; the pulls act. */
export function receiveMessages(state: PrepullState): void {
  handleSignal(pullsWanted, readPullsWanted, (wanted) => state.want(wanted));
  handleSignal(podNews, readPullNews, ({ changes }) => state.observe(changes));
  handleBareSignal(retryPulls, () => state.retryNow());
  // Stops, and cleans up.
  handleCancellation(() => state.stop());
}
