import { handleBareSignal, handleCancellation, handleSignal } from '../lifecycle/handlers';
import { podNews, pullsWanted, retryPulls } from './messages';
import { readPullNews, readPullsWanted } from './readers';
import type { PrepullState } from './state';

/** Registers all message handlers. They record wanted pulls and observations; `runPull` acts on them. */
export function receiveMessages(state: PrepullState): void {
  handleSignal(pullsWanted, readPullsWanted, (wanted) => state.want(wanted));
  handleSignal(podNews, readPullNews, ({ changes }) => state.observe(changes));
  handleBareSignal(retryPulls, () => state.retryNow());
  // Stops, and removes pods.
  handleCancellation(() => state.stop());
}
