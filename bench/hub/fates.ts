import type { HubFact, LabFact } from './checker';

/**
 * What became of a lab whose hub was killed while it was to start: `ready` before the kill and kept; `adopted` by
 * the hub's successor in the middle of the start; `unheard` of by the controller, so that its user has to start it
 * again; `forgotten` by the hub and left to the user's next start; `lost` by both.
 */
export type Fate = 'ready' | 'adopted' | 'unheard' | 'forgotten' | 'lost';

/** Judges by what hub and controller say at rest, and by what was seen of the lab before. */
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
