import type { HubFact, LabFact } from './checker';

/**
 * Outcome of a lab whose hub was killed during its start: `ready` before the kill and kept; `adopted` during the
 * start by the hub's successor; `unheard`, the controller never received the request, so that the user starts it
 * again; `forgotten`, the hub has no record of it until the user's next start; `lost`, neither has it.
 */
export type Fate = 'ready' | 'adopted' | 'unheard' | 'forgotten' | 'lost';

/** Derives the outcome from hub and controller at rest, and from what was observed before. */
export function fateOf(
  { server }: HubFact,
  { status }: LabFact,
  before: { readonly wasReady: boolean; readonly wasMade: boolean },
): Fate {
  if (status !== null) {
    if (server === null) return 'forgotten';
    return before.wasReady ? 'ready' : 'adopted';
  }
  return server !== null || before.wasReady || before.wasMade ? 'lost' : 'unheard';
}
