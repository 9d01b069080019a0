import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { LabStatus } from '../../domain/lab';
import { labWorkflowId } from '../../domain/lab-key';
import { describeLatestRun, isOpen } from '../../temporal/calls';
import { changedLabs, openLabs } from '../../workflow-clients/lab/executions';
import { decodeListedLab } from '../../workflow-clients/lab/memo';
import { recent } from './recent';
import { CALL_DEADLINE_MS, callTemporalWithin } from './temporal-errors';

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

/** Greatest age of a result of visibility: a replica queries it at most ten times in a second. */
const MAX_AGE_MS = 100;

/** Overlap of queries for changes: longer than the lag of visibility and the difference of clocks. */
const OVERLAP_MS = 20_000;

/** Interval of complete lists while lists are requested: they correct what changes of the index have not shown. */
const WHOLE_LIST_MS = 30_000;

/** Interval of reads in the background while no list is requested. */
const KEEP_RECENT_MS = 30_000;

/** Age of the last result up to which changes are read instead of a complete list. */
const MAX_CHANGES_MS = 3_600_000;

/** How long labs that are gone are kept, since visibility may still list them. */
const GONE_MS = 600_000;

/** Maximum number of users whose workflow is to be described; older ones are left to visibility. */
const MAX_DOUBTED = 1_000;

/** Workflows described at a time. */
const ASKED_TOGETHER = 20;

/** All labs: the lagging result of visibility, corrected by observations of single labs by this replica. */
export interface LabList {
  /** Records an observation of a lab's workflow. */
  saw(sighting: LabObservation): void;
  /** Records that a user's lab may have changed: the next list describes the workflow. */
  doubt(username: string): void;
  /** Records that a user has no workflow. */
  missed(username: string): void;
  /** All labs that are not gone. */
  present(): Promise<LabObservation[]>;
  /**
   * Reads the index at once, and from then on every 30 s what has changed, in the background, so that no list has to wait
   * for all of it. Returns a function that ends this.
   */
  keepRecent(): () => void;
}

/** Creates the list, which sends no requests until it is used. */
export function createLabList(client: Client): LabList {
  const sightings = new LabObservations();
  /** By user, oldest first. An entry may be renewed while the workflow is described because of an earlier one. */
  const doubted = new Map<string, { readonly atMs: number }>();
  let wholeListAt = Number.NEGATIVE_INFINITY;
  let readAt = Number.NEGATIVE_INFINITY;
  let isReadingAll = false;
  /** Whether a list was requested since the index was last read. */
  let isRequested = false;

  const inTime = <Result>(calls: () => Promise<Result>): Promise<Result> =>
    callTemporalWithin(client, CALL_DEADLINE_MS, calls);

  const doubt = (username: string): void => {
    doubted.delete(username);
    for (const oldest of doubted.keys()) {
      if (doubted.size < MAX_DOUBTED) break;
      doubted.delete(oldest);
    }
    doubted.set(username, { atMs: Date.now() });
  };

  /** Removes entries from before an instant: visibility has those changes by now. */
  const forgetDoubts = (beforeMs: number): void => {
    for (const [username, { atMs }] of doubted) if (atMs < beforeMs) doubted.delete(username);
  };

  const ask = async (username: string): Promise<void> => {
    const which = doubted.get(username);
    const description = await describeLatestRun(client, labWorkflowId(username));
    if (!description) sightings.forget(username);
    const sighting = description && labObservationOf(description);
    if (sighting) sightings.learn(sighting);
    if (doubted.get(username) === which) doubted.delete(username);
  };

  /** Of what this replica has seen itself, nothing follows about changes since the index was last read. */
  const readChanges = async (): Promise<void> => {
    const newest = Math.max(Date.parse(sightings.newest) || 0, wholeListAt);
    for await (const info of changedLabs(client, Math.min(newest, readAt) - OVERLAP_MS)) {
      const sighting = labObservationOf(info);
      if (sighting) sightings.learn(sighting);
    }
  };

  /** A lab that visibility lacks is described first, since its workflow may be continuing as new. */
  const readAll = async (): Promise<void> => {
    const startedAt = Date.now();
    const before = sightings.present();
    const found = new Set<string>();
    for await (const info of openLabs(client)) {
      const sighting = labObservationOf(info);
      if (!sighting) continue;
      found.add(sighting.username);
      sightings.learn(sighting);
    }
    for (const { username } of before) if (!found.has(username)) doubt(username);
    sightings.prune(new Date(startedAt - GONE_MS).toISOString());
    wholeListAt = startedAt;
  };

  const readAllMeanwhile = (): void => {
    if (isReadingAll) return;
    isReadingAll = true;
    inTime(readAll)
      // The next list retries.
      .catch(() => undefined)
      .finally(() => {
        isReadingAll = false;
      });
  };

  const refresh = recent(async () => {
    const now = Date.now();
    const isStale = now - readAt > MAX_CHANGES_MS;
    if (!isStale && isRequested && now - wholeListAt > WHOLE_LIST_MS) readAllMeanwhile();
    isRequested = false;
    forgetDoubts(now - WHOLE_LIST_MS);
    await inTime(isStale ? readAll : readChanges);
    readAt = now;
  }, MAX_AGE_MS);

  /** An error is left to the next list, which reads again. */
  const refreshMeanwhile = (): void => void refresh().catch(() => undefined);

  return {
    doubt,
    missed(username) {
      const known = sightings.of(username);
      if (known && known.status !== null) doubt(username);
    },
    saw: (sighting) => sightings.learn(sighting),
    keepRecent() {
      refreshMeanwhile();
      const timer = setInterval(refreshMeanwhile, KEEP_RECENT_MS);
      return () => clearInterval(timer);
    },
    async present() {
      isRequested = true;
      await refresh();
      const asked = [...doubted.keys()];
      for (let first = 0; first < asked.length; first += ASKED_TOGETHER) {
        const some = asked.slice(first, first + ASKED_TOGETHER);
        await inTime(() => Promise.all(some.map(ask)));
      }
      return sightings.present();
    },
  };
}
