import { defineSignal } from '@temporalio/workflow';
import type { Toleration } from '../../domain/node-eligibility';
import type { PodObservation } from '../../domain/pod';
import type { PodChange } from '../../domain/pod-change';
import type { FailedPull, PulledImage, PullTrouble, WantedPull } from '../../domain/prepull';

/** Settings of pulls. Absent fields have the defaults of the configuration. */
export interface PrepullSettings {
  /** Maximum number of concurrent pulls, over all nodes. */
  readonly bound: number;
  /** Timeout of one pull. */
  readonly timeoutMs: number;
  /** Delay after a failed pull; doubled with each further failure, up to `maxRetryMs`. */
  readonly retryMs: number;
  readonly maxRetryMs: number;
  readonly tolerations: readonly Toleration[];
  /** Name of a Secret in the namespace. */
  readonly pullSecret: string | null;
  /** Namespace of the pods: the controller's own. */
  readonly namespace: string;
  /** How long an image may fail to be pulled before its pull has failed. */
  readonly imagePullPatienceMs?: number;
  /** Interval of reads of pods without observed changes. */
  readonly checkMs?: number;
  /** Timeout of one request to the API server. */
  readonly kubernetesRequestMs?: number;
  /** Least time between two publications of the state: each stays in the history, and may be long. */
  readonly publishMs?: number;
}

/** All pulls that nodes lack now, in order of priority. */
export interface PullsWanted {
  readonly pulls: readonly WantedPull[];
  readonly settings: PrepullSettings;
}

/** A pod update about prepull pods, oldest change first. */
export interface PullNews {
  readonly changes: readonly PodChange[];
}

/** A pull under way, carried over a continue-as-new. */
export interface CarriedPull {
  readonly pull: WantedPull;
  readonly id: string;
  readonly sinceMs: number;
  readonly podUid: string;
  readonly pod: PodObservation | null;
  readonly trouble: PullTrouble | null;
}

/** A completed pull, kept until a list of wanted pulls was made after its end. */
export interface RecentPull extends PulledImage {
  /** Whether a list was received since, which may have been made before the pull ended. */
  readonly isListed: boolean;
}

/** The workflow's state, carried over a continue-as-new. */
export interface PrepullSnapshot {
  readonly version: 1;
  readonly settings: PrepullSettings;
  readonly wanted: readonly WantedPull[];
  readonly running: readonly CarriedPull[];
  /** With the key of the pull. */
  readonly failed: readonly (FailedPull & { readonly key: string })[];
  readonly pulled: readonly RecentPull[];
  readonly done: number;
}

/** Replaces the list of wanted pulls: others that have not begun are dropped, running ones finish. */
export const pullsWanted = defineSignal<[PullsWanted]>('pullsWanted');

/** Changes of pods that the watcher observed. They may repeat, come late, or concern pods of no pull. */
export const podNews = defineSignal<[PullNews]>('podNews');

/** An operator's order to retry failed pulls now. */
export const retryPulls = defineSignal('retryPulls');
