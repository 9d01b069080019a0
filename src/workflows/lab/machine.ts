import type { LabStatus } from '../../domain/lab';

/** Events that end a phase of a lab, or change its status. */
export type LabEvent =
  | 'spawnOrdered'
  | 'started'
  | 'exited'
  | 'failed'
  | 'shutdownOrdered'
  | 'podRemoved'
  | 'namespaceRemoved';

/** The phases of a lab, each one function in the file of its name, and `closed`, the end of the workflow. */
export type PhaseName = keyof typeof TRANSITIONS | 'closed';

/** The next phase by phase and event. `docs/architecture.md` has a drawing. */
export const TRANSITIONS = {
  spawn: { started: 'run', failed: 'ended', shutdownOrdered: 'shutdown' },
  monitor: { started: 'run', failed: 'ended', shutdownOrdered: 'shutdown' },
  run: { exited: 'ended', failed: 'ended', shutdownOrdered: 'shutdown', spawnOrdered: 'spawn' },
  ended: { spawnOrdered: 'spawn', shutdownOrdered: 'shutdown', podRemoved: 'removal' },
  shutdown: { podRemoved: 'removal', failed: 'ended' },
  removal: { spawnOrdered: 'spawn', namespaceRemoved: 'closed' },
} as const satisfies Readonly<Record<string, Partial<Readonly<Record<LabEvent, string>>>>>;

/** The phases in which a workflow may begin, by kind of its input. */
export const FIRST_PHASES = {
  spawn: 'accepted',
  monitor: 'adopted while pending',
  run: 'adopted while running',
  ended: 'adopted after its end',
} as const satisfies Partial<Readonly<Record<PhaseName, string>>>;

/** The status after an event; null when the user has no lab for the API. */
export const STATUS_AFTER = {
  spawnOrdered: 'pending',
  started: 'running',
  exited: 'terminated',
  failed: 'failed',
  shutdownOrdered: 'terminating',
  podRemoved: null,
  namespaceRemoved: null,
} as const satisfies Readonly<Record<LabEvent, LabStatus | null>>;

/** The phase that carries out an order, whichever phase ends with it. */
const PHASE_OF_ORDER: Partial<Readonly<Record<LabEvent, PhaseName>>> = {
  spawnOrdered: 'spawn',
  shutdownOrdered: 'shutdown',
};

/**
 * The phase that follows `phase` upon `event`.
 *
 * @throws Error for an event that is neither in the table nor an order.
 */
export function nextPhase(phase: Exclude<PhaseName, 'closed'>, event: LabEvent): PhaseName {
  const transitions: Partial<Readonly<Record<LabEvent, PhaseName>>> = TRANSITIONS[phase];
  const next = transitions[event] ?? PHASE_OF_ORDER[event];
  if (!next) throw new Error(`phase ${phase} of a lab cannot end with ${event}`);
  return next;
}
