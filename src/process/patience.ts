import { errorMessage } from '../domain/errors';

/** A check that keeps a process from becoming ready for only so long. */
export interface PatientCheck {
  readonly check: () => Promise<void>;
  /** What is the matter, as of the last check, although the process is ready; null for nothing. */
  readonly note: () => string | null;
}

/**
 * Makes a check that fails until `inner` has passed once, and for `patienceMs` at most: what requests are answered
 * without it is said better by each of them than by a process that is not there. `now` is in milliseconds.
 */
export function patient(
  inner: () => Promise<unknown>,
  patienceMs: number,
  now: () => number = () => performance.now(),
): PatientCheck {
  const startedAt = now();
  let hasPassed = false;
  let note: string | null = null;
  return {
    async check() {
      try {
        await inner();
        hasPassed = true;
        note = null;
      } catch (error) {
        const isOver = now() - startedAt >= patienceMs;
        note = hasPassed || isOver ? errorMessage(error) : null;
        if (note === null) throw error;
      }
    },
    note: () => note,
  };
}
