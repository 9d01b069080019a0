import type { LabRecord, PastLab } from './lab';
import type { FailureReason } from './lab-end';
import { END_OUTCOMES, type EndedBy, type LabEnd } from './lab-end';

/** What a lab is doing, or what has become of it; `unknown` when its workflow ended without a word. */
export const LAB_OUTCOMES = ['pending', 'running', 'stopping', ...END_OUTCOMES, 'unknown'] as const;

export type LabOutcome = (typeof LAB_OUTCOMES)[number];

/** One lab of a user, past or present. Instants are RFC 3339. */
export interface LabLife {
  readonly startedAt: string;
  /** Null as long as it has not ended. */
  readonly endedAt: string | null;
  readonly image: string;
  readonly size: LabRecord['options']['size'];
  readonly outcome: LabOutcome;
  readonly reason: FailureReason | null;
  readonly message: string | null;
  readonly endedBy: { readonly kind: EndedBy; readonly name: string | null } | null;
}

/** One run of a lab's workflow, as it was published. */
export interface LabRun {
  readonly runId: string;
  readonly startedAt: string;
  /** Null while it is open. */
  readonly closedAt: string | null;
  /** Whether its successor tells everything that it could. */
  readonly isContinued: boolean;
  readonly record: Pick<LabRecord, 'options' | 'status' | 'startedAt' | 'end' | 'operation'>;
  readonly pastLabs: readonly PastLab[];
}

/** The labs that runs of one user's workflow held, each once, newest first. */
export function labLives(runs: readonly LabRun[]): LabLife[] {
  const lasting = runs.filter(({ isContinued }) => !isContinued);
  return lasting
    .filter((run) => !isAdoptedLater(run, lasting))
    .flatMap((run) => [latestOf(run), ...run.pastLabs.map((past) => pastLife(past, run.startedAt))])
    .toSorted((one, other) => Date.parse(other.startedAt) - Date.parse(one.startedAt));
}

/** A workflow that somebody terminated leaves its lab running; the one that adopted the lab tells of it. */
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

function pastLife({ end, image, size, startedAt }: PastLab, runStartedAt: string): LabLife {
  return { startedAt: startedAt ?? runStartedAt, image, size, ...ended(end) };
}

function ended({ at, by, message, name, outcome, reason }: LabEnd) {
  return { endedAt: at, outcome, reason, message, endedBy: { kind: by, name } };
}
