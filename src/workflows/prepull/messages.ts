import { defineSignal } from '@temporalio/workflow';
import type { Toleration } from '../../domain/node-eligibility';
import type { PodObservation } from '../../domain/pod';
import type { PodChange } from '../../domain/pod-change';
import type { FailedPull, PulledImage, PullTrouble, WantedPull } from '../../domain/prepull';

/** How images are pulled. What is optional has the configuration's defaults. */
export interface PrepullSettings {
  /** Pulls at a time, over all nodes. */
  readonly bound: number;
  /** Limit of one pull. */
  readonly timeoutMs: number;
  /** The first pause after a failed pull; each further one is twice as long, up to `maxRetryMs`. */
  readonly retryMs: number;
  readonly maxRetryMs: number;
  readonly tolerations: readonly Toleration[];
  /** Name of a Secret in the namespace. */
  readonly pullSecret: string | null;
  /** Where the pods are made: the controller's own. */
  readonly namespace: string;
  /** How long an image may fail to be pulled before its pull has failed. */
  readonly imagePullPatienceMs?: number;
  /** How often pods are read without news of them. */
  readonly checkMs?: number;
  /** Limit of one request to the API server. */
  readonly kubernetesRequestMs?: number;
  /** How often a changing state is published at most: each publication stays in the history, and may be long. */
  readonly publishMs?: number;
}

/** All that nodes lack now, in the order in which it is wanted. */
export interface PullsWanted {
  readonly pulls: readonly WantedPull[];
  readonly settings: PrepullSettings;
}

/** What the watcher saw of prepull pods, oldest first. */
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

/** What has been pulled, until a list of wanted pulls shows that everybody else knows. */
export interface RecentPull extends PulledImage {
  /** Whether a list has come since, which may have been made before the pull ended. */
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

/** Replaces the list of wanted pulls: what it lacks and has not begun is dropped, what runs finishes. */
export const pullsWanted = defineSignal<[PullsWanted]>('pullsWanted');

/** What the watcher saw of the pods. A hint: it may repeat, come late, or concern pods of nobody. */
export const podNews = defineSignal<[PullNews]>('podNews');

/** An operator's order to try failed pulls again now. */
export const retryPulls = defineSignal('retryPulls');
