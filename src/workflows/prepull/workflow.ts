import { CancellationScope, CancelledFailure, condition } from '@temporalio/workflow';
import { startedWith } from '../lifecycle/arguments';
import { continueAsNew, isRenewalDue } from '../lifecycle/renewal';
import { receiveMessages } from './handlers';
import type { PrepullSettings, PrepullSnapshot } from './messages';
import { publish, publishDuring } from './publication';
import { readPods, runPull } from './pull';
import { readStart } from './readers';
import { PrepullState } from './state';

/** A workflow that was started without saying what is wanted waits that long for it. */
const FIRST_LIST_MS = 60_000;

/**
 * Brings images to nodes ahead of labs, until nothing is wanted any more. Started, and told anew what nodes lack,
 * by the refresh of images; without arguments except by itself.
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

async function work(state: PrepullState, isNew: boolean): Promise<void> {
  if (isNew) await readPods(state, settingsOf(state));
  for (const running of state.running.values()) void runPull(state, running, settingsOf(state));
  for (;;) {
    for (const running of state.begin(Date.now())) void runPull(state, running, settingsOf(state));
    if (state.isFinished) return;
    if (isRenewalDue() && !state.isStopped) await renew(state);
    else await nextStep(state);
  }
}

/** Waits until a pull may begin, or until pods should be read, which it does. */
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
 * Continues as new as soon as all that runs waits for its pod; nothing begins until then. Returns instead when
 * prepulling is stopped or has come to its end meanwhile.
 *
 * @throws ContinueAsNew
 */
async function renew(state: PrepullState): Promise<void> {
  state.isRenewing = true;
  await condition(() => state.isQuiet || state.isStopped);
  state.isRenewing = false;
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
