import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { keepEndedLab } from './ended';
import { receiveMessages } from './handlers';
import type { LabInput } from './messages';
import { awaitRemoval } from './removal';
import { runLab } from './run';
import { shutdownLab } from './shutdown';
import { monitorLab, spawnLab } from './spawn';
import { LabState, type Phase } from './state';

/**
 * One lab from the accepted spawn until nothing of it is left. Its ID, made of the username, is what
 * allows one lab per user; its memo is what the API shows; its history is the progress log.
 */
export async function lab(input: LabInput): Promise<void> {
  const [state, first] = beginning(input);
  receiveMessages(state);
  let phase = first;
  await CancellationScope.nonCancellable(async () => {
    while (phase.kind !== 'closed') phase = await live(state, phase);
  });
}

function beginning(input: LabInput): [LabState, Phase] {
  switch (input.kind) {
    case 'spawn': {
      const { request } = input;
      return [LabState.fresh(request, workflowInfo().startTime), { kind: 'spawn', request }];
    }
    case 'adopt': {
      const { environment, record } = input.adoption.lab;
      const state = LabState.adopted(input.adoption);
      return [state, record.status === 'pending' ? { kind: 'monitor', environment } : state.quietPhase];
    }
    case 'resume': {
      const state = LabState.resumed(input.snapshot);
      return [state, state.quietPhase];
    }
  }
}

function live(state: LabState, phase: Phase): Promise<Phase> | Phase {
  switch (phase.kind) {
    case 'spawn':
      return spawnLab(state, phase.request);
    case 'monitor':
      return monitorLab(state, phase.environment);
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
