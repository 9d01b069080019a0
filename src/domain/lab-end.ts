/** Why a lab can fail. The list is bounded, so that reasons can be search attributes and labels of metrics. */
export const FAILURE_REASONS = [
  'SpawnTimeout',
  'DeleteTimeout',
  'PodFailed',
  'PodFinished',
  'PodVanished',
  'PodEvicted',
  'NodeLost',
  'Unschedulable',
  'ImagePullFailed',
  'InvalidImage',
  'ContainerConfigError',
  'InitContainerFailed',
  'HomeFull',
  'ContainerCrashed',
  'OutOfMemory',
  'NamespaceStuck',
  'QuotaExceeded',
  'ObjectConflict',
  'KubernetesForbidden',
  'KubernetesInvalid',
  'KubernetesUnavailable',
  'ConfigurationError',
  'PlanRefused',
  'InternalError',
] as const;

export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Why a lab failed: a reason for machines and a sentence for its user. */
export interface LabFailure {
  readonly reason: FailureReason;
  readonly message: string;
}

/**
 * How a lab can have ended: `stopped` by request, `exited` by itself with exit code 0, `failed`, or `lost` because the
 * cluster removed its pod.
 */
export const END_OUTCOMES = ['stopped', 'exited', 'failed', 'lost'] as const;

export type EndOutcome = (typeof END_OUTCOMES)[number];

/**
 * Who or what can have ended a lab: its user from inside; a caller of the API that has a name; a hub, which calls it
 * without one; an operator through Temporal; the lab's own processes; the cluster; the controller.
 */
export const ENDED_BY = ['user', 'caller', 'hub', 'operator', 'lab', 'cluster', 'controller'] as const;

export type EndedBy = (typeof ENDED_BY)[number];

/** How, when and by whom a lab was ended. */
export interface LabEnd {
  /** RFC 3339 instant at which the end was requested or observed. */
  readonly at: string;
  readonly outcome: EndOutcome;
  readonly by: EndedBy;
  /** Of a caller. */
  readonly name: string | null;
  readonly reason: FailureReason | null;
  /** For the lab's user; at most 200 characters. */
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
  'HomeFull',
];
const BY_CLUSTER: readonly FailureReason[] = [
  'PodEvicted',
  'PodVanished',
  'NodeLost',
  'Unschedulable',
  'QuotaExceeded',
];
const TAKEN_AWAY: readonly FailureReason[] = ['PodEvicted', 'PodVanished', 'NodeLost'];

/** The end of a lab that exited with code 0, by its user's choice. */
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

/** The end by a request of the API. A request without the name of a caller is one of a hub. */
export function stoppedBy(name: string | null): Ending {
  return { outcome: 'stopped', by: name === null ? 'hub' : 'caller', name, reason: null, message: null };
}

/** The end by an operator's signal, with the operator's reason where one was given. */
export function stoppedByOperator(text: string | null): Ending {
  const message = text === null ? null : shortened(text);
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
