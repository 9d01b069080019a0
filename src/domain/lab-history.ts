import { END_OUTCOMES } from './lab-end';
import type { LabSize } from './lab-plan';
import {
  type PublishedEnd,
  type PublishedLab,
  type PublishedPastLab,
  UNKNOWN_OUTCOME,
} from './published-lab';

/** What a lab is doing, or what has become of it; `unknown` when that is not on record, or is of a newer version. */
export const LAB_OUTCOMES = ['pending', 'running', 'stopping', ...END_OUTCOMES, UNKNOWN_OUTCOME] as const;

export type LabOutcome = (typeof LAB_OUTCOMES)[number];

/** One lab of a user, past or present. Instants are RFC 3339. */
export interface LabLife {
  readonly startedAt: string;
  /** Null as long as it has not ended. */
  readonly endedAt: string | null;
  readonly image: string;
  readonly size: LabSize;
  readonly outcome: LabOutcome;
  /** One of `FAILURE_REASONS`, or of a newer version. */
  readonly reason: string | null;
  readonly message: string | null;
  /** `kind` is one of `ENDED_BY`, or of a newer version. */
  readonly endedBy: { readonly kind: string; readonly name: string | null } | null;
}

/** One run of a lab's workflow, as it was published. */
export interface LabRun {
  readonly runId: string;
  readonly startedAt: string;
  /** Null while it is open. */
  readonly closedAt: string | null;
  /** Whether its successor tells everything that it could. */
  readonly isContinued: boolean;
  readonly record: Pick<PublishedLab, 'options' | 'status' | 'startedAt' | 'end' | 'operation'>;
  readonly pastLabs: readonly PublishedPastLab[];
}

/** The labs that runs of one user's workflow held, each once, newest first. */
export function labHistoryEntries(runs: readonly LabRun[]): LabLife[] {
  const lasting = runs.filter(({ isContinued }) => !isContinued);
  return lasting
    .filter((run) => !isAdoptedLater(run, lasting))
    .flatMap((run) => [latestOf(run), ...run.pastLabs.map((past) => pastLife(past, run.startedAt))])
    .toSorted((one, other) => Date.parse(other.startedAt) - Date.parse(one.startedAt));
}

/** Whether the lab of a terminated workflow, which goes on running, was adopted by another: that one has its end. */
function isAdoptedLater({ closedAt, record }: LabRun, runs: readonly LabRun[]): boolean {
  if (closedAt === null || record.end) return false;
  return runs.some(
    (other) =>
      other.record.operation.isAdopted === true &&
      Date.parse(other.startedAt) >= Date.parse(closedAt) &&
      Date.parse(startOf(other)) < Date.parse(closedAt),
  );
}

const startOf = ({ record, startedAt }: LabRun): string => record.startedAt ?? startedAt;

function latestOf(run: LabRun): LabLife {
  const { closedAt, record } = run;
  const { image, size } = record.options;
  const facts = { startedAt: startOf(run), image, size };
  const isStopping = closedAt === null && record.status === 'terminating';
  if (record.end && !isStopping) return { ...facts, ...ended(record.end) };
  const nothing = { reason: null, message: null, endedBy: null };
  if (closedAt !== null) return { ...facts, ...nothing, endedAt: closedAt, outcome: 'unknown' };
  if (record.end) return { ...facts, ...ended(record.end), endedAt: null, outcome: 'stopping' };
  return {
    ...facts,
    ...nothing,
    endedAt: null,
    outcome: record.status === 'running' ? 'running' : 'pending',
  };
}

function pastLife({ end, image, size, startedAt }: PublishedPastLab, runStartedAt: string): LabLife {
  return { startedAt: startedAt ?? runStartedAt, image, size, ...ended(end) };
}

function ended({ at, by, message, name, outcome, reason }: PublishedEnd) {
  return { endedAt: at, outcome, reason, message, endedBy: { kind: by, name } };
}
