import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { keepEndedLab } from './ended';
import { receiveMessages } from './handlers';
import type { LabInput } from './messages';
import { awaitRemoval } from './removal';
import { runLab } from './run';
import { shutdownLab } from './shutdown';
import { spawnLab } from './spawn';
import { LabState, type Phase } from './state';

/**
 * One lab from the accepted spawn until nothing of it is left. Its ID, made of the username, is what
 * allows one lab per user; its memo is what the API shows; its history is the progress log.
 */
export async function lab(input: LabInput): Promise<void> {
  const state =
    input.kind === 'spawn'
      ? LabState.fresh(input.request, workflowInfo().startTime)
      : LabState.resumed(input.snapshot);
  receiveMessages(state);
  let phase: Phase = input.kind === 'spawn' ? { kind: 'spawn', request: input.request } : state.quietPhase;
  await CancellationScope.nonCancellable(async () => {
    while (phase.kind !== 'closed') phase = await live(state, phase);
  });
}

function live(state: LabState, phase: Phase): Promise<Phase> | Phase {
  switch (phase.kind) {
    case 'spawn':
      return spawnLab(state, phase.request);
    case 'run':
      return runLab(state);
    case 'ended':
      return keepEndedLab(state);
    case 'shutdown':
      return shutdownLab(state, phase.outcome);
    case 'removal':
      return awaitRemoval(state);
    case 'closed':
      return phase;
  }
}
