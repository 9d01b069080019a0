import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { LabStatus } from '../../domain/lab';
import { isOpen } from '../../temporal/calls';
import { decodeListedLab } from '../../workflow-clients/lab/memo';

/** An observation of a lab's workflow, from a description or from visibility, which lags. */
export interface LabObservation {
  readonly username: string;
  /** Null when the lab is gone. */
  readonly status: LabStatus | null;
  /** Whether the status is the one that a run begins with, rather than one of a newer version. */
  readonly isAccepted: boolean;
  /** RFC 3339 instant of the status, in milliseconds and UTC, so that texts compare as instants do. */
  readonly since: string;
  readonly operationId: string;
  /** When the run began, by Temporal's clock. */
  readonly startedMs: number;
}

/** The fields of a run that an observation needs. */
export type ObservedRun = Pick<WorkflowExecutionInfo, 'closeTime' | 'memo' | 'startTime'> & {
  readonly status: { readonly name: string };
};

/** Reads an observation; null for a run without a readable lab, and for one that has continued as new. */
export function labObservationOf(run: ObservedRun): LabObservation | null {
  const { closeTime, memo, startTime } = run;
  const lab = decodeListedLab(memo);
  if (!lab || run.status.name === 'CONTINUED_AS_NEW') return null;
  const { operation, since, status, unknownStatus, username } = lab;
  const isAccepted = status === 'pending' && unknownStatus === undefined;
  const seen = { username, operationId: operation.id, startedMs: startTime.getTime(), isAccepted };
  if (isOpen(run) || status === null) return { ...seen, status, since };
  return { ...seen, status: null, isAccepted: false, since: closeTime?.toISOString() ?? since };
}

/** The latest observation of each lab, independent of the order of arrival. */
export class LabObservations {
  private readonly latest = new Map<string, LabObservation>();
  private latestSince = '';

  /** The instant of the latest observed status; empty without one. */
  get newest(): string {
    return this.latestSince;
  }

  of(username: string): LabObservation | undefined {
    return this.latest.get(username);
  }

  /** The labs that are not gone. */
  present(): LabObservation[] {
    return [...this.latest.values()].filter(({ status }) => status !== null);
  }

  learn(sighting: LabObservation): void {
    const known = this.latest.get(sighting.username);
    if (known && isOlder(sighting, known)) return;
    this.latest.set(sighting.username, sighting);
    if (sighting.since > this.latestSince) this.latestSince = sighting.since;
  }

  /** Removes a user without a workflow. */
  forget(username: string): void {
    this.latest.delete(username);
  }

  /** Removes labs that were gone before an instant, which visibility does not list any more. */
  prune(before: string): void {
    for (const { username, status, since } of this.latest.values()) {
      if (status === null && since < before) this.latest.delete(username);
    }
  }
}

/**
 * Whether one observation is older than another. Different runs are compared by Temporal's clock. The first status of a
 * run has the time of the API's clock, which may differ from the clock of later ones.
 */
function isOlder(one: LabObservation, other: LabObservation): boolean {
  if (one.startedMs !== other.startedMs) return one.startedMs < other.startedMs;
  const isSameOperation = one.operationId === other.operationId;
  if (isSameOperation && one.status !== other.status) {
    if (other.isAccepted) return false;
    if (one.isAccepted) return true;
  }
  return one.since < other.since;
}
