import type { LabEnd } from './lab-end';
import type { LabSize } from './lab-options';
import type { ProvenAddress } from './pod-address';
import type { LabResources, ResourceAmount } from './resources';
import type { Group } from './user';

/** The statuses a lab can be seen in. A lab that is gone has none: it is unknown. */
export const LAB_STATUSES = ['pending', 'running', 'terminating', 'terminated', 'failed'] as const;

export type LabStatus = (typeof LAB_STATUSES)[number];

/** Why a lab failed, as a bounded list, so that it can be searched for and counted. */
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

/** The two operations a lab can be in the middle of, or have last been through. */
export type OperationKind = 'spawn' | 'delete';

/** Identifies the operation whose progress is the lab's current event stream. */
export interface Operation {
  /** Opaque, unique over all labs and time; the first half of event ids. */
  readonly id: string;
  readonly kind: OperationKind;
  /** Whether the spawn was begun by someone else, and only its end is followed; absent means no. */
  readonly isAdopted?: boolean;
}

/** The container image a lab runs, pinned to a digest where one is known. */
export interface LabImage {
  /** `registry/repository:tag@digest`. */
  readonly reference: string;
  /** Display name for people. */
  readonly name: string;
  /** `sha256:…`, or null for references that carry none. */
  readonly digest: string | null;
}

/** A lab as its workflow publishes it in the memo `lab`: everything the API shows, no secret. */
export interface LabRecord {
  readonly user: {
    readonly username: string;
    readonly name: string | null;
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly Group[];
  };
  readonly options: {
    readonly image: string;
    readonly size: LabSize;
    readonly enableDebug: boolean;
    readonly resetUserEnv: boolean;
  };
  /** Where the lab's objects are, or will be once an earlier lab is gone. */
  readonly namespace: string;
  /** Null once the pod is gone: from then on the lab is unknown to callers. */
  readonly status: LabStatus | null;
  readonly internalUrl: string | null;
  /** The address in `internalUrl` with its proof; callers see no URL without one. */
  readonly address?: ProvenAddress;
  readonly resources: LabResources;
  readonly quota: ResourceAmount | null;
  readonly failure: LabFailure | null;
  /** What the operation waits for, as far as it is known; absent when nothing stands in its way. */
  readonly obstacle?: string | undefined;
  readonly operation: Operation;
  /** SHA-256 of the hub's token that the lab was given, by which it reports activity; absent where it does not. */
  readonly hubTokenDigest?: string;
  /** How long a deletion of this lab may take, in milliseconds; absent in records of older versions. */
  readonly deleteTimeoutMs?: number;
  /** RFC 3339 instant of the last status change. */
  readonly since: string;
  /** RFC 3339 instant at which the lab was accepted, or its pod created; null where that is not known. */
  readonly startedAt: string | null;
  /** Null as long as the lab has not ended, and nobody has ordered it to. */
  readonly end: LabEnd | null;
}

/** What a `create` meets, which decides whether it may go on. */
export type SpawnVerdict = 'accept' | 'conflict' | 'verify';

/**
 * Decides by recorded state whether a spawn may start: a running operation excludes it, a lab
 * believed to run must first be verified against its pod, anything else is replaced or gone.
 */
export function judgeSpawn(status: LabStatus | null): SpawnVerdict {
  switch (status) {
    case 'pending':
    case 'terminating':
      return 'conflict';
    case 'running':
      return 'verify';
    case 'terminated':
    case 'failed':
    case null:
      return 'accept';
  }
}
