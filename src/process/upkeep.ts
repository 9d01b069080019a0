import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { inTime } from '../temporal/calls';

/** Something in Temporal that must exist for as long as a process runs. */
export interface Ensured {
  /** For the log, such as `workflow watch-labs`. */
  readonly name: string;
  /** Interval of checks, with a jitter of a quarter. */
  readonly checkMs: number;
  /**
   * Checks by one read that it exists, and creates it where it does not; other processes may do the same at the same
   * time. Resolves to whether it was missing.
   */
  readonly ensure: () => Promise<boolean>;
}

export interface UpkeepOptions {
  readonly client: Client;
  readonly logger: Logger;
  /** Ends the upkeep, and cancels calls under way. */
  readonly signal: AbortSignal;
}

/** The upkeep of what must exist. */
export interface Upkeep {
  /** Checks everything at once, after the checks under way. */
  checkNow(): void;
  /** Resolves once the signal is aborted and nothing is under way. */
  readonly ended: Promise<void>;
}

const RETRY_MS = 2_000;

/** Part of the interval that is random, to spread the checks of processes that started together. */
const JITTER = 0.25;

/**
 * Checks everything that must exist, each at its own interval, until the signal is aborted. When something is missing
 * that existed before, the others are checked at once: Temporal may have lost its data. A failed check is retried after
 * 2 s.
 */
export function keepUp(all: readonly Ensured[], { client, logger, signal }: UpkeepOptions): Upkeep {
  let awaken = new AbortController();
  const checkNow = (): void => {
    const sleeping = awaken;
    awaken = new AbortController();
    sleeping.abort();
  };
  const follow = async ({ name, checkMs, ensure }: Ensured): Promise<void> => {
    let wasPresent = false;
    let isFailing = false;
    while (!signal.aborted) {
      // Taken before the check, so that a call of `checkNow` during it is not lost.
      const wake = awaken.signal;
      let pauseMs = checkMs;
      try {
        const isMissing = await within(client, signal, ensure);
        if (isMissing && wasPresent) {
          logger.warn({ what: name }, 'it must exist and did not; it has been made again');
          checkNow();
        }
        wasPresent = !isMissing;
        isFailing = false;
      } catch (error) {
        // An unavailable Temporal is logged once, not with every check.
        if (!signal.aborted) logger[isFailing ? 'debug' : 'warn']({ err: error, what: name }, CHECK_FAILED);
        isFailing = true;
        pauseMs = Math.min(RETRY_MS, checkMs);
      }
      await pause(jittered(pauseMs), wake);
    }
  };
  signal.addEventListener('abort', checkNow, { once: true });
  return { checkNow, ended: Promise.all(all.map(follow)).then(() => undefined) };
}

const CHECK_FAILED = 'what must exist could not be checked; trying again';

/** Makes the calls within their timeout, and cancels them when the signal is aborted. */
async function within<Answer>(
  client: Client,
  signal: AbortSignal,
  calls: () => Promise<Answer>,
): Promise<Answer> {
  // One AbortController for each check: the client adds listeners to its signal and never removes them.
  const controller = new AbortController();
  const abort = () => controller.abort();
  signal.addEventListener('abort', abort);
  try {
    return await inTime(client, () => client.connection.withAbortSignal(controller.signal, calls));
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Resolves after a time, or as soon as the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}

function jittered(ms: number): number {
  return ms * (1 - JITTER + 2 * JITTER * Math.random());
}
