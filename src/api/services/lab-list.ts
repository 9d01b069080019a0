import { type Client } from '@temporalio/client';
import { labWorkflowId } from '../../domain/lab-key';
import { describeLatestRun } from '../../temporal/calls';
import { changedLabs, openLabs } from '../../workflow-clients/lab/open-labs';
import { type LabObservation, LabObservations, labObservationOf } from './lab-observations';
import { recent } from './recent';
import { CALL_DEADLINE_MS, callTemporalWithin } from './temporal-errors';

/** How old what is asked of Temporal's index may be. A replica asks it ten times in a second at most. */
const MAX_AGE_MS = 100;

/** How far back changes are asked for, over how late the index may be and how far clocks may be apart. */
const OVERLAP_MS = 20_000;

/** How often the whole list is read, which finds labs whose workflow was ended without a change of status. */
const WHOLE_LIST_MS = 30_000;

/** How long labs that are gone are remembered, against an index that still has them. */
const GONE_MS = 600_000;

/** Users whose workflow is still to be asked. The index tells of those that were doubted before them. */
const MAX_DOUBTED = 1_000;

/** Workflows asked at a time. */
const ASKED_TOGETHER = 20;

/** All labs, as Temporal's index tells, which lags, corrected by what this replica has seen of single ones. */
export interface LabList {
  /** Takes what was read of a lab's workflow. */
  saw(sighting: LabObservation): void;
  /** Something was answered about a user: the next list asks the workflow itself. */
  doubt(username: string): void;
  /** No workflow was found for a user. */
  missed(username: string): void;
  /** All labs that are not gone. */
  present(): Promise<LabObservation[]>;
}

/** Makes the list, which costs nothing until it is asked for. */
export function createLabList(client: Client): LabList {
  const sightings = new LabObservations();
  /** By user, oldest first. A doubt may come while the workflow is being asked because of an earlier one. */
  const doubted = new Map<string, { readonly atMs: number }>();
  let wholeListAt = Number.NEGATIVE_INFINITY;
  let readAt = Number.NEGATIVE_INFINITY;
  let isReadingAll = false;

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

  /** Of what was answered before that, the index tells by now. */
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

  const readChanges = async (): Promise<void> => {
    const newest = Math.max(Date.parse(sightings.newest) || 0, wholeListAt);
    for await (const info of changedLabs(client, Math.min(newest, Date.now()) - OVERLAP_MS)) {
      const sighting = labObservationOf(info);
      if (sighting) sightings.learn(sighting);
    }
  };

  /** What the index lacks is believed of the workflow only: a run that continues as new can be in between. */
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
      // The next list tries again.
      .catch(() => undefined)
      .finally(() => {
        isReadingAll = false;
      });
  };

  const refresh = recent(async () => {
    const now = Date.now();
    const isStale = now - readAt > WHOLE_LIST_MS;
    if (!isStale && now - wholeListAt > WHOLE_LIST_MS) readAllMeanwhile();
    if (isStale) forgetDoubts(now - WHOLE_LIST_MS);
    await inTime(isStale ? readAll : readChanges);
    readAt = now;
  }, MAX_AGE_MS);

  return {
    doubt,
    missed(username) {
      const known = sightings.of(username);
      if (known && known.status !== null) doubt(username);
    },
    saw: (sighting) => sightings.learn(sighting),
    async present() {
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
