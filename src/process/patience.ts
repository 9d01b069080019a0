import { errorMessage } from '../domain/errors';

/** A check that keeps a process from becoming ready for a limited time. */
export interface PatientCheck {
  readonly check: () => Promise<void>;
  /** The error of the last check, although the process is ready; null without one. */
  readonly note: () => string | null;
}

/**
 * Makes a check that fails until `inner` has passed once, for at most `patienceMs`. After that the process is ready, so
 * that callers get the errors of their requests instead of no process. `now` is in milliseconds.
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
