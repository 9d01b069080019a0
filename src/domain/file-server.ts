import type { FailureReason, LabEnd } from './lab-end';
import type { Sealed, SealedConfiguration } from './lab-plan';
import type { PodObservation } from './pod';
import type { PosixUser } from './user';

/** The phases of a user's file server that callers see. */
export const FILE_SERVER_PHASES = ['starting', 'running', 'stopping', 'stopped', 'failed'] as const;

export type FileServerPhase = (typeof FILE_SERVER_PHASES)[number];

/** The kinds of objects that make file servers reachable. */
export const FILE_SERVER_ROUTINGS = ['gafaelfawr', 'ingress', 'httpRoute'] as const;

export type FileServerRouting = (typeof FILE_SERVER_ROUTINGS)[number];

/** An accepted file server: what its objects are built from. All fields are associated data of the seal. */
export interface FileServerPlan {
  readonly user: PosixUser;
  readonly namespace: string;
  readonly routing: FileServerRouting;
  /** The configuration in force when the file server was accepted, from which the objects are built. */
  readonly configuration: SealedConfiguration;
  /** RFC 3339 instant of the acceptance. */
  readonly acceptedAt: string;
  /** Proves that the API has accepted the plan; it holds no secret. */
  readonly seal: Sealed;
}

/** Timeouts and intervals of a file server, fixed when it is accepted; all in milliseconds. */
export interface FileServerTimeouts {
  /** The whole creation, the removal of an earlier file server included. */
  readonly createMs: number;
  /** The whole removal, after which its callers get an error; the removal goes on. */
  readonly deleteMs: number;
  /** One request to the API server. */
  readonly kubernetesRequestMs: number;
  /** How long a read of a running file server is retried. */
  readonly kubernetesRetryMs: number;
  /** Interval of reads of a file server that is being created, in case the watcher missed a change. */
  readonly createCheckMs: number;
  /** The same while it runs. */
  readonly runCheckMs: number;
  /** Time before the end of a creation at which its objects are read for the last time. */
  readonly finalCheckMs: number;
}

/** The configured limits of file servers, in milliseconds. */
interface ConfiguredLimits {
  readonly creationTimeoutMs: number;
  readonly deleteTimeoutMs: number;
}

/** The configured timeouts and intervals of single steps, in milliseconds. */
interface ConfiguredSteps {
  readonly kubernetesRequestMs: number;
  readonly kubernetesRetryMs: number;
  readonly spawnCheckMs: number;
  readonly runCheckMs: number;
  readonly watchFinalCheckMs: number;
}

/** The timeouts of a file server that is accepted or adopted now; later configurations do not change them. */
export function fileServerTimeouts(limits: ConfiguredLimits, steps: ConfiguredSteps): FileServerTimeouts {
  return {
    createMs: limits.creationTimeoutMs,
    deleteMs: limits.deleteTimeoutMs,
    kubernetesRequestMs: steps.kubernetesRequestMs,
    kubernetesRetryMs: steps.kubernetesRetryMs,
    createCheckMs: steps.spawnCheckMs,
    runCheckMs: steps.runCheckMs,
    finalCheckMs: steps.watchFinalCheckMs,
  };
}

/** Lower bound of a plan's validity, for the case that all workers are down. */
const MIN_VALIDITY_MS = 3_600_000;

/** When an accepted plan expires, in milliseconds of the epoch; NaN without a readable instant of acceptance. */
export function planExpiry(
  { acceptedAt }: Pick<FileServerPlan, 'acceptedAt'>,
  { createMs }: Pick<FileServerTimeouts, 'createMs'>,
): number {
  return Date.parse(acceptedAt) + Math.max(2 * createMs, MIN_VALIDITY_MS);
}

/** Why a file server failed: a message for its user, and what of it only helps those who know the cluster. */
export interface FileServerFailure {
  readonly reason: FailureReason;
  readonly message: string;
  /** What was being waited for, in the cluster's words; null where the message says it all. */
  readonly detail: string | null;
}

/** A file server as its workflow publishes it in the memo `fileServer`. */
export interface FileServerRecord {
  readonly username: string;
  readonly namespace: string;
  readonly routing: FileServerRouting;
  readonly phase: FileServerPhase;
  /** The creation that its objects are labelled with; null before the first, and for those of other controllers. */
  readonly operationId: string | null;
  /** RFC 3339 instant of the last change of the phase. */
  readonly since: string;
  /** RFC 3339 instant at which the present file server was accepted or its job created; null where not known. */
  readonly startedAt: string | null;
  readonly failure: FileServerFailure | null;
  /** Null until it has ended or was ordered to. */
  readonly end: LabEnd | null;
  /** What is waited for, as far as that is known; absent without an obstacle. */
  readonly obstacle?: string | undefined;
  readonly deleteTimeoutMs: number;
  /** Whether it was found running, instead of being created by this workflow. */
  readonly isAdopted: boolean;
}

/** A file server's objects by what identifies them, so that a step cannot hit what has got their names since. */
export interface FileServerTarget {
  readonly username: string;
  readonly namespace: string;
  readonly routing: FileServerRouting;
  /** The creation that the objects are labelled with; null for those of other controllers, which have no such label. */
  readonly operationId: string | null;
  /** Those that are known. */
  readonly uids: FileServerUids;
}

/** The UIDs of the objects that the controller itself creates. */
export interface FileServerUids {
  /** Of the GafaelfawrIngress, the Ingress or the HTTPRoute. */
  readonly ingress?: string;
  readonly service?: string;
  readonly job?: string;
}

/** A job as steps and reconciliation need it. */
export interface JobObservation {
  readonly uid: string;
  /** The creation that made it; null for jobs of other controllers. */
  readonly spawnId: string | null;
  readonly isDeleting: boolean;
  /** How it has ended, by its conditions; null before. */
  readonly end: 'succeeded' | 'failed' | null;
}

/** How requests reach a file server. */
export interface IngressObservation {
  readonly uid: string;
  /** The creation that it belongs to; null for those of other controllers. */
  readonly spawnId: string | null;
  readonly isDeleting: boolean;
  /** Address or host of the load balancer; null for an HTTPRoute, which has none of its own. */
  readonly address: string | null;
  /** Whether requests arrive: an Ingress has an address, a route is accepted by a Gateway. */
  readonly isServed: boolean;
}

/** What a file server consists of at present. */
export interface FileServerObservation {
  readonly job: JobObservation | null;
  /** Of several pods of the job the one that is not being deleted, and of those the newest. */
  readonly pod: PodObservation | null;
  readonly ingress: IngressObservation | null;
}

/** A file server that exists without a workflow. */
export interface FileServerAdoption {
  readonly username: string;
  readonly namespace: string;
  readonly routing: FileServerRouting;
  /** What was read; the workflow reads it again, and removes what does not serve. */
  readonly observed: FileServerObservation;
  /** RFC 3339 instant of the creation of its job; null without one. */
  readonly startedAt: string | null;
  /** The creation that what is left of it is labelled with, where neither job nor Ingress tell it; absent without one. */
  readonly operationId?: string | undefined;
}

/**
 * The record of a file server that was found; `since` is the RFC 3339 instant of its adoption. One that does not serve is
 * about to be removed.
 */
export function adoptedRecord(
  { namespace, observed, routing, startedAt, username, ...adoption }: FileServerAdoption,
  { deleteMs }: Pick<FileServerTimeouts, 'deleteMs'>,
  since: string,
): FileServerRecord {
  const { ingress, job, pod } = observed;
  const isSeen = job !== null || ingress !== null;
  const operationId = isSeen
    ? (job?.spawnId ?? pod?.spawnId ?? ingress?.spawnId ?? null)
    : (adoption.operationId ?? null);
  const phase = isServing(observed) ? 'running' : 'stopping';
  const common = { failure: null, end: null, deleteTimeoutMs: deleteMs, isAdopted: true };
  return { username, namespace, routing, phase, operationId, since, startedAt, ...common };
}

/** Whether the job of a file server has a pod that runs. */
export function isUp({ job, pod }: Pick<FileServerObservation, 'job' | 'pod'>): boolean {
  const isJobUp = job !== null && !job.isDeleting && job.end === null;
  return isJobUp && pod !== null && pod.phase === 'Running' && !pod.isDeleting;
}

/**
 * Whether a file server serves: its job has a pod that runs, and requests arrive. Also of one that the reference
 * controller has made, whose objects have no spawn ID.
 */
export function isServing(observed: FileServerObservation): boolean {
  const { ingress } = observed;
  return isUp(observed) && ingress !== null && !ingress.isDeleting && ingress.isServed;
}
