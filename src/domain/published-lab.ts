import type { LabRecord, PastLab } from './lab';
import type { EndOutcome, LabEnd } from './lab-end';

/** The outcome of an end whose outcome this version does not know. */
export const UNKNOWN_OUTCOME = 'unknown';

/**
 * How a lab ended, as read from a memo. `reason` and `by` may be codes of a newer version, which are only passed on.
 */
export interface PublishedEnd extends Omit<LabEnd, 'outcome' | 'by' | 'reason'> {
  readonly outcome: EndOutcome | typeof UNKNOWN_OUTCOME;
  readonly by: string;
  readonly reason: string | null;
}

/** A lab as read from a memo, which a workflow of this version, an older or a newer one has published. */
export interface PublishedLab extends Omit<LabRecord, 'failure' | 'end'> {
  /** The status as it is in the memo, where this version does not know it; `status` is `pending` then. */
  readonly unknownStatus?: string;
  readonly failure: { readonly reason: string; readonly message: string } | null;
  readonly end: PublishedEnd | null;
}

/** As much of a published lab as lists and reconciliation need. */
export interface ListedLab
  extends Pick<PublishedLab, 'status' | 'unknownStatus' | 'since' | 'address' | 'operation'> {
  readonly username: string;
  /** Null where that cannot be read, which a list of labs does without. */
  readonly namespace: string | null;
}

/** A lab that the same workflow held before, as read from a memo. */
export interface PublishedPastLab extends Omit<PastLab, 'end'> {
  readonly end: PublishedEnd;
}

/** The memo of a lab's workflow, as it is written. Fields may be added to it, but never renamed. */
export type LabMemo = {
  readonly lab: LabRecord;
  /** Newest first. */
  readonly pastLabs?: readonly PastLab[];
};

/** The memo that publishes a lab, with the labs that its workflow held before where they have changed. */
export function encodeLabMemo(lab: LabRecord, pastLabs?: readonly PastLab[]): LabMemo {
  return pastLabs ? { lab, pastLabs } : { lab };
}
