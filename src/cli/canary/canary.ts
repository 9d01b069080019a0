import { setTimeout as delay } from 'node:timers/promises';
import { ApiRefusal, type LabApi } from './api';

/** How long each step of a canary lab has taken, in ms. */
export interface CanaryTimes {
  readonly acceptedMs: number;
  readonly readyMs: number;
  readonly goneMs: number;
}

export interface CanaryOptions {
  /** Form data; empty for the user's last choice or the defaults. */
  readonly options: Readonly<Record<string, string>>;
  /** Called with each line of progress. */
  readonly onProgress: (message: string) => void;
  readonly signal: AbortSignal;
}

/** A lab that did not become ready, or could not be started; the message says what to do. */
export class CanaryFailed extends Error {
  override readonly name = 'CanaryFailed';
}

const RECONNECT_MS = 500;

/**
 * Starts a lab, follows it until it is ready, and ends it, also where it does not become ready. A lab that the user has
 * already is left alone, and none is started where it could not be ended.
 *
 * @throws CanaryFailed; ApiRefusal or another error for an API that does not answer as it should.
 */
export async function runCanaryLab(
  api: LabApi,
  { options, onProgress, signal }: CanaryOptions,
): Promise<CanaryTimes> {
  const advised = (error: unknown): never => {
    throw error instanceof ApiRefusal
      ? new CanaryFailed(`${error.message}\n${adviceFor(error.status)}`)
      : error;
  };
  if (await api.exists().catch(advised))
    throw new CanaryFailed(`The user has a lab already.\n${adviceFor(409)}`);
  const startedAt = performance.now();
  await api.create(options).catch(advised);
  const acceptedMs = performance.now() - startedAt;
  try {
    await untilReady(api, onProgress, signal);
  } catch (error) {
    await api.remove().catch((problem: unknown) => onProgress(`not removed: ${String(problem)}`));
    throw error;
  }
  const readyMs = performance.now() - startedAt;
  const removedAt = performance.now();
  await api.remove();
  return { acceptedMs, readyMs, goneMs: performance.now() - removedAt };
}

function adviceFor(status: number): string {
  switch (status) {
    case 401:
    case 403:
      return 'Give a token of this user that may spawn labs, and one that may end them (`tests.canary.existingSecret`, `adminKey`).';
    case 409:
      return 'The user has a lab, which is left alone: end it, or give a user for canaries alone (`tests.canary.user`).';
    case 404:
      return 'Give the base URL of the API (`tests.canary.url`).';
    default:
      return 'Run `nublado doctor --part api`, and read the log of the API.';
  }
}

/** Follows the spawn to its end; a stream that is cut is taken up again. */
async function untilReady(
  api: LabApi,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let lastId: string | null = null;
  while (!signal.aborted) {
    try {
      for await (const { id, type, message } of api.follow(lastId)) {
        lastId = id ?? lastId;
        if (type === 'failed') throw new CanaryFailed(`The lab has failed: ${message}`);
        if (message !== '') onProgress(message);
        if (type === 'complete') return;
      }
    } catch (error) {
      if (error instanceof CanaryFailed || (error instanceof ApiRefusal && error.status < 500)) throw error;
      if (!signal.aborted) onProgress(`The stream of events was cut (${String(error)}); following it again`);
    }
    await delay(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
  throw new CanaryFailed('The lab was not ready in time; its events above say how far it got');
}
