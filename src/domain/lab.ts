import { addressOf, type ProvenAddress } from './lab-address';
import type { LabEnd, LabFailure } from './lab-end';
import type { LabDesign, LabSize } from './lab-plan';
import type { PodObservation } from './pod';
import type { LabResources, ResourceAmount } from './resources';
import type { Group } from './user';

/** The statuses of a lab that callers see. A lab that is gone has none: it is unknown. */
export const LAB_STATUSES = ['pending', 'running', 'terminating', 'terminated', 'failed'] as const;

export type LabStatus = (typeof LAB_STATUSES)[number];

/** The two operations on a lab; one is in progress or was the last. */
export type OperationKind = 'spawn' | 'delete';

/** Identifies the operation whose progress is the lab's current event stream. */
export interface Operation {
  /** Opaque, unique over all labs and time; the first half of event ids. */
  readonly id: string;
  readonly kind: OperationKind;
  /** Whether the spawn began before this workflow, which only follows it to its end; absent means no. */
  readonly isAdopted?: boolean;
}

/** The container image a lab runs, pinned to a digest where one is known. */
export interface LabImage {
  /** `registry/repository:tag@digest`. */
  readonly reference: string;
  /** Display name. */
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
  /** What the operation waits for, as far as that is known; absent without an obstacle. */
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
  /** Null until the lab has ended or was ordered to. */
  readonly end: LabEnd | null;
}

/** Whether a spawn may start: at once, not at all, or after the running lab's pod has been read. */
export type SpawnVerdict = 'accept' | 'conflict' | 'verify';

/**
 * Decides by the recorded status whether a spawn may start. An operation in progress excludes it. A running lab is
 * verified first, since its pod may be gone. Any other lab is replaced.
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

/** What is kept of a lab after its end. */
export interface PastLab {
  readonly startedAt: LabRecord['startedAt'];
  readonly image: string;
  readonly size: LabSize;
  readonly end: LabEnd;
}

/** How many past labs one workflow keeps; the oldest are dropped, since memos are to stay small. */
const MAX_PAST_LABS = 5;

/** The past labs once this one has ended, newest first. */
export function withPastLab(
  past: readonly PastLab[],
  { options, startedAt }: LabRecord,
  end: LabEnd,
): readonly PastLab[] {
  const { image, size } = options;
  return [{ startedAt, image, size, end }, ...past].slice(0, MAX_PAST_LABS);
}

/** A lab rebuilt from its Kubernetes objects alone. */
export interface RecoveredLab {
  /** Its status is pending, running, terminated or failed. */
  readonly record: LabRecord;
  readonly pod: PodObservation;
  /** The variables that `labUrl` takes. */
  readonly environment: Readonly<Record<string, string>>;
  /** UID of the lab's namespace; absent in adoptions by earlier versions. */
  readonly namespaceUid?: string;
}

/** A recovered lab with an observation of its pod that proves its address. */
export function withProvenAddress({ record, environment }: RecoveredLab, pod: PodObservation): RecoveredLab {
  const address = record.internalUrl === null ? null : addressOf(pod);
  return { record: address ? { ...record, address } : record, pod, environment };
}

/** The record of a lab whose spawn has just been accepted; `since` is an RFC 3339 instant. */
export function pendingRecord(plan: LabDesign, operation: Operation, since: string): LabRecord {
  const { username, name, uid, gid, groups } = plan.user;
  return {
    user: { username, name, uid, gid, groups },
    options: {
      image: plan.image.reference,
      size: plan.size,
      enableDebug: plan.enableDebug,
      resetUserEnv: plan.resetUserEnv,
    },
    namespace: plan.namespace,
    status: 'pending',
    internalUrl: null,
    resources: plan.resources,
    quota: plan.quota,
    failure: null,
    operation,
    ...(plan.hubTokenDigest === undefined ? {} : { hubTokenDigest: plan.hubTokenDigest }),
    since,
    startedAt: since,
    end: null,
  };
}
