import type { FailureReason, LabFailure } from './lab';

/**
 * How a lab can have ended: on somebody's order, in good order by itself, by a failure of its own, or because the
 * cluster took it away.
 */
export const END_OUTCOMES = ['stopped', 'exited', 'failed', 'lost'] as const;

export type EndOutcome = (typeof END_OUTCOMES)[number];

/**
 * Who can have ended a lab: its user from inside, somebody who called the API under a name, a hub that called
 * it without one, an operator through Temporal, the lab's own processes, the cluster, or the controller.
 */
export const ENDED_BY = ['user', 'caller', 'hub', 'operator', 'lab', 'cluster', 'controller'] as const;

export type EndedBy = (typeof ENDED_BY)[number];

/** How, when and through whom a lab ended. */
export interface LabEnd {
  /** RFC 3339 instant at which the end was ordered or seen. */
  readonly at: string;
  readonly outcome: EndOutcome;
  readonly by: EndedBy;
  /** Of a caller. */
  readonly name: string | null;
  readonly reason: FailureReason | null;
  /** For the lab's user; cut short, since it is kept for long. */
  readonly message: string | null;
}

/** The end without its instant. */
export type Ending = Omit<LabEnd, 'at'>;

const MAX_MESSAGE_LENGTH = 200;

const OF_LAB: readonly FailureReason[] = [
  'PodFailed',
  'PodFinished',
  'OutOfMemory',
  'ContainerCrashed',
  'InitContainerFailed',
];
const BY_CLUSTER: readonly FailureReason[] = [
  'PodEvicted',
  'PodVanished',
  'NodeLost',
  'Unschedulable',
  'QuotaExceeded',
];
const TAKEN_AWAY: readonly FailureReason[] = ['PodEvicted', 'PodVanished', 'NodeLost'];

/** The end of a lab that its user left, with exit code 0. */
export const EXITED: Ending = { outcome: 'exited', by: 'user', name: null, reason: null, message: null };

/** The end of a lab that has failed. */
export function failedEnding({ reason, message }: LabFailure): Ending {
  return {
    outcome: TAKEN_AWAY.includes(reason) ? 'lost' : 'failed',
    by: OF_LAB.includes(reason) ? 'lab' : BY_CLUSTER.includes(reason) ? 'cluster' : 'controller',
    name: null,
    reason,
    message: shortened(message),
  };
}

/** The end on an order through the API; without a name it is a hub's. */
export function stoppedBy(name: string | null): Ending {
  return { outcome: 'stopped', by: name === null ? 'hub' : 'caller', name, reason: null, message: null };
}

/** The end on an operator's order, with the operator's own words where there are any. */
export function stoppedByOperator(words: string | null): Ending {
  const message = words === null ? null : shortened(words);
  return { outcome: 'stopped', by: 'operator', name: null, reason: null, message };
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= MAX_MESSAGE_LENGTH
    ? text
    : `${characters
        .slice(0, MAX_MESSAGE_LENGTH - 1)
        .join('')
        .trimEnd()}…`;
}
