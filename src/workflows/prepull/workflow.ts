import { CancellationScope, CancelledFailure, condition } from '@temporalio/workflow';
import { startedWith } from '../lifecycle/arguments';
import { handleBareSignal, handleCancellation, handleSignal } from '../lifecycle/handlers';
import { continueAsNew, isRenewalDue } from '../lifecycle/renewal';
import { type PrepullSettings, type PrepullSnapshot, podNews, pullsWanted, retryPulls } from './messages';
import { publish, publishDuring } from './publication';
import { readPods, runPull } from './pull';
import { readPullNews, readPullsWanted, readStart } from './readers';
import { PrepullState } from './state';

/** How long a workflow that was started without a list waits for the first one. */
const FIRST_LIST_MS = 60_000;

/**
 * Pulls images to nodes before labs need them, until no pull is wanted any more. The refresh of images starts it and
 * signals new lists; its only argument is the snapshot of a continue-as-new.
 */
export const prepull = startedWith('prepull', readStart, async (snapshot) => {
  const state = snapshot ? PrepullState.resumed(snapshot) : new PrepullState();
  receiveMessages(state);
  await CancellationScope.nonCancellable(async () => {
    await condition(() => state.settings !== null || state.isStopped, FIRST_LIST_MS);
    if (state.settings) await publishDuring(state, () => work(state, snapshot === null));
  });
  if (state.isStopped) throw new CancelledFailure('Prepulling was cancelled');
});

/** Registers all message handlers. They record wanted pulls and observations; `runPull` acts on them. */
function receiveMessages(state: PrepullState): void {
  handleSignal(pullsWanted, readPullsWanted, (wanted) => state.want(wanted));
  handleSignal(podNews, readPullNews, ({ changes }) => state.observe(changes));
  handleBareSignal(retryPulls, () => state.retryNow());
  // Stops, and removes pods.
  handleCancellation(() => state.stop());
}

async function work(state: PrepullState, isNew: boolean): Promise<void> {
  if (isNew) await readPods(state, settingsOf(state));
  for (const running of state.runningPulls) void runPull(state, running, settingsOf(state));
  for (;;) {
    for (const running of state.begin(Date.now())) void runPull(state, running, settingsOf(state));
    if (state.isFinished) return;
    if (isRenewalDue() && !state.isStopped) await renew(state);
    else await nextStep(state);
  }
}

/** Waits until a pull may begin, or until pods should be read, and reads them. */
async function nextStep(state: PrepullState): Promise<void> {
  const nowMs = Date.now();
  const { changes } = state;
  const isChanged = () => state.changes > changes;
  const untilCheckMs = state.untilCheckMs(nowMs);
  const waitMs = Math.min(untilCheckMs, state.untilRetryMs(nowMs));
  if (waitMs > 0) {
    if (await (waitMs < Number.POSITIVE_INFINITY ? condition(isChanged, waitMs) : untilTrue(isChanged)))
      return;
  }
  if (untilCheckMs <= waitMs) await readPods(state, settingsOf(state));
}

/**
 * Continues as new as soon as all running pulls wait for their pods; no pull begins until then. Returns instead when
 * prepulling is stopped or completed meanwhile.
 *
 * @throws ContinueAsNew
 */
async function renew(state: PrepullState): Promise<void> {
  state.beginRenewal();
  await condition(() => state.isQuiet || state.isStopped);
  state.endRenewal();
  if (state.isStopped || state.isFinished) return;
  publish(state);
  await continueAsNew<(snapshot: PrepullSnapshot) => Promise<void>>(state.snapshot(settingsOf(state)));
}

async function untilTrue(isTrue: () => boolean): Promise<boolean> {
  await condition(isTrue);
  return true;
}

function settingsOf({ settings }: PrepullState): Required<PrepullSettings> {
  if (!settings) throw new Error('nothing has been wanted yet');
  return settings;
}
