import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { LabStatus } from '../../domain/lab';
import { isOpen } from '../../temporal/calls';
import { decodeListedLab } from '../../workflow-clients/lab/memo';

/** What was seen of a lab's workflow at some time, whether by itself or in an index that lags. */
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

/** As much of what Temporal tells of a run as a sighting needs. */
export type ObservedRun = Pick<WorkflowExecutionInfo, 'closeTime' | 'memo' | 'startTime'> & {
  readonly status: { readonly name: string };
};

/** Reads a sighting; null for what holds no lab, and for a run that has continued as new, which says nothing. */
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

/** The latest sighting of each lab, in whatever order sightings come. */
export class LabObservations {
  private readonly latest = new Map<string, LabObservation>();
  private latestSince = '';

  /** The instant of the latest status seen; empty when there is none. */
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

  /** Forgets a user of whom Temporal knows nothing. */
  forget(username: string): void {
    this.latest.delete(username);
  }

  /** Forgets labs that were gone before an instant, which no index tells of any more. */
  prune(before: string): void {
    for (const { username, status, since } of this.latest.values()) {
      if (status === null && since < before) this.latest.delete(username);
    }
  }
}

/**
 * Whether one sighting is older than another. Runs are told apart by Temporal's clock. In a run the first status is as
 * of the clock of the API, which need not agree with those of later ones.
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
