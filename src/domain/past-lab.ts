import type { LabRecord } from './lab';
import type { LabEnd } from './lab-end';

/** What is kept of a lab after its end. */
export interface PastLab extends Pick<LabRecord, 'startedAt'> {
  readonly image: string;
  readonly size: LabRecord['options']['size'];
  readonly end: LabEnd;
}

/** Memos are to stay small; who spawns more often without an end of the workflow loses the oldest. */
const MAX_PAST_LABS = 5;

/** The labs before the next one, newest first, once this one has ended. */
export function withPastLab(
  past: readonly PastLab[],
  { options, startedAt }: LabRecord,
  end: LabEnd,
): readonly PastLab[] {
  const { image, size } = options;
  return [{ startedAt, image, size, end }, ...past].slice(0, MAX_PAST_LABS);
}
