import { runInNewContext } from 'node:vm';

/** Far longer than any work in proportion to a test's input takes, and far shorter than work by its square. */
const LIMIT_MS = 60_000;

/**
 * Runs work on an input so long, such as millions of characters, that it ends only if its time grows in proportion: by the
 * square of the length it would take hours.
 *
 * @throws Error with code `ERR_SCRIPT_EXECUTION_TIMEOUT` for work without an end in sight, which is interrupted.
 */
export function completeInLinearTime<Result>(work: () => Result): Result {
  return runInNewContext('work()', { work }, { timeout: LIMIT_MS }) as Result;
}
