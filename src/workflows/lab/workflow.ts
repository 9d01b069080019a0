import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { startedWith } from '../lifecycle/arguments';
import { keepEndedLab } from './ended';
import { receiveMessages } from './handlers';
import { Lab, type PhaseEnd } from './lab';
import { nextPhase } from './machine';
import type { LabWorkflowInput, SpawnRequest } from './messages';
import { readLabInput } from './readers';
import { runLab } from './run';
import { awaitRemoval, type Shutdown, shutdownLab } from './shutdown';
import { monitorLab, spawnLab } from './spawn';

/** The phases of a lab with their arguments; each is one function: `monitor` in `spawn.ts`, `removal` in `shutdown.ts`, the others in the file of their name. */
type OpenPhase =
  | { readonly name: 'spawn'; readonly request: SpawnRequest }
  | { readonly name: 'monitor'; readonly environment: Readonly<Record<string, string>> }
  | { readonly name: 'shutdown'; readonly shutdown: Shutdown }
  | { readonly name: 'run' | 'ended' | 'removal' };

type Phase = OpenPhase | { readonly name: 'closed' };

/**
 * The workflow of one lab, from the accepted spawn until all its objects are removed. Its ID is made of the username,
 * which limits labs to one per user; the API shows its memo; progress events are computed from its history.
 */
export const lab = startedWith('lab', readLabInput, async (input) => {
  const [state, first] = beginning(input);
  receiveMessages(state);
  let phase = first;
  await CancellationScope.nonCancellable(async () => {
    while (phase.name !== 'closed') phase = follow(phase, await live(state, phase));
  });
});

function beginning(input: LabWorkflowInput): [Lab, Phase] {
  switch (input.kind) {
    case 'spawn': {
      const { request } = input;
      return [Lab.fresh(request, workflowInfo().startTime), { name: 'spawn', request }];
    }
    case 'adopt': {
      const { environment, record } = input.adoption.lab;
      const state = Lab.adopted(input.adoption);
      return [state, record.status === 'pending' ? { name: 'monitor', environment } : quietPhase(state)];
    }
    case 'resume': {
      const state = Lab.resumed(input.snapshot);
      return [state, quietPhase(state)];
    }
  }
}

/** The phase of a lab without an operation under way, by its status. */
function quietPhase({ record }: Lab): Phase {
  return { name: record.status === 'running' ? 'run' : 'ended' };
}

function live(state: Lab, phase: OpenPhase): Promise<PhaseEnd> {
  switch (phase.name) {
    case 'spawn':
      return spawnLab(state, phase.request);
    case 'monitor':
      return monitorLab(state, phase.environment);
    case 'run':
      return runLab(state);
    case 'ended':
      return keepEndedLab(state);
    case 'shutdown':
      return shutdownLab(state, phase.shutdown);
    case 'removal':
      return awaitRemoval(state);
  }
}

/** The phase that follows, with its arguments from the order. */
function follow({ name }: OpenPhase, end: PhaseEnd): Phase {
  const next = nextPhase(name, end.event);
  if (end.event === 'spawnOrdered') return { name: 'spawn', request: end.request };
  if (end.event === 'shutdownOrdered') return { name: 'shutdown', shutdown: end.shutdown };
  if (next === 'spawn' || next === 'shutdown' || next === 'monitor') {
    throw new Error(`phase ${next} of a lab begins with an order only`);
  }
  return { name: next };
}
