import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

/** A claim for a volume, as much as its workflow needs to know of it. */
export interface ClaimObservation {
  readonly uid: string;
  readonly resourceVersion: string;
  /** What the claim was created for, from its label. */
  readonly spawnId: string | null;
  readonly phase: 'Pending' | 'Bound' | 'Lost';
}

/** Deadlines and intervals, in milliseconds. */
export interface ClaimTimeouts {
  readonly bindMs: number;
  readonly checkMs: number;
  readonly retentionMs: number;
  readonly kubernetesRequestMs: number;
}

/** What the workflow starts from: a request, or itself before it continued as new. */
export interface ClaimInput {
  readonly id: string;
  readonly timeouts: ClaimTimeouts;
  /** Of a claim that is bound, after a continue-as-new. */
  readonly claim?: ClaimObservation;
}

export type ClaimStatus = 'binding' | 'bound' | 'failed' | 'releasing';

export interface ClaimNews {
  readonly claims: readonly ClaimObservation[];
}

export interface ReleaseRequest {
  readonly requester: string;
}

/** What the watcher saw of the claim. */
export const claimNews = defineSignal<[ClaimNews]>('claimNews');

/** Deletes the claim; completes once it is gone. */
export const release = defineUpdate<void, [ReleaseRequest]>('release');

/** What has been done, for tests. */
export const steps = defineQuery<readonly string[]>('steps');
