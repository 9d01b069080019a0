import type { V1Pod } from '@kubernetes/client-node';
import { containerStatusOf, phaseOf } from './pod';

/** A container's state: `waiting`, `running` or `terminated` with its fields. */
export type State = Readonly<Record<string, object>>;

interface Change {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly state: State;
  readonly isReady: boolean;
  readonly isStarted?: boolean;
  /** Unchanged by default. */
  readonly restartCount?: number;
  /** How the last container ended, if this one follows it. */
  readonly lastState?: object;
}

/** A strategic merge patch of the status; the API server refuses it (409) when the pod has changed since the read. */
export function statusPatch({ metadata }: V1Pod, status: object): object {
  return { metadata: { uid: metadata?.uid, resourceVersion: metadata?.resourceVersion }, status };
}

function readiness(isReady: boolean, now: Date): object[] {
  const status = isReady ? 'True' : 'False';
  return ['ContainersReady', 'Ready'].map((type) => ({
    type,
    status,
    lastTransitionTime: now.toISOString(),
  }));
}

/** The same for a change of the main container and others in the pod. */
function patch(pod: V1Pod, change: Change, now: Date): object {
  const before = containerStatusOf(pod);
  const { phase, state, isReady, isStarted = isReady, lastState } = change;
  const { restartCount = before?.restartCount ?? 0 } = change;
  const containerStatuses = pod.spec?.containers.map(({ image, name }) => ({
    name,
    image,
    imageID: image,
    ready: isReady,
    started: isStarted,
    restartCount,
    state,
    ...(lastState ? { lastState } : {}),
  }));
  return statusPatch(pod, { phase, conditions: readiness(isReady, now), containerStatuses });
}

/** A container that has just started. */
export interface Start {
  readonly startedAt: Date;
  readonly restarts: number;
  /** Whether no probe has to succeed before it counts as started, or as ready. */
  readonly isStarted: boolean;
  readonly isReady: boolean;
}

/** The container has started. */
export function runningPatch(pod: V1Pod, { startedAt, restarts, isStarted, isReady }: Start): object {
  const state = { running: { startedAt: startedAt.toISOString() } };
  const { lastState, state: before } = containerStatusOf(pod) ?? {};
  const ended = before?.terminated ? { terminated: before.terminated } : lastState;
  return patch(
    pod,
    {
      phase: 'Running',
      state,
      isReady,
      isStarted,
      restartCount: restarts,
      ...(restarts > 0 && ended ? { lastState: ended } : {}),
    },
    startedAt,
  );
}

/** Probes have found that the running container has started, or whether it is ready; null if that is not news. */
export function probedPatch(pod: V1Pod, isReady: boolean, now: Date): object | null {
  const { ready, started, state } = containerStatusOf(pod) ?? {};
  if (!state?.running || (started === true && ready === isReady)) return null;
  const containerStatuses = pod.status?.containerStatuses?.map((status) => ({
    ...status,
    started: true,
    ready: isReady,
  }));
  const conditions = ready === isReady ? [] : readiness(isReady, now);
  return statusPatch(pod, { conditions, containerStatuses });
}

/** The container cannot be started yet. */
export function waitingPatch(pod: V1Pod, reason: string, message: string, now: Date): object {
  const phase = phaseOf(pod) === 'Running' ? 'Running' : 'Pending';
  return patch(pod, { phase, state: { waiting: { reason, message } }, isReady: false }, now);
}

export interface Exit {
  readonly exitCode: number;
  readonly startedAt: Date;
  /** `Completed` or `Error` by the exit code, unless given. */
  readonly reason?: string;
  /** The container's termination message; empty or absent for none. */
  readonly message?: string;
}

/** The state of a container that has ended. */
export function endedState({ exitCode, message, reason, startedAt }: Exit, finishedAt: Date): State {
  const terminated = {
    exitCode,
    reason: reason ?? (exitCode === 0 ? 'Completed' : 'Error'),
    ...(message ? { message } : {}),
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
  };
  return { terminated };
}

/** The container has ended, and with it the pod, for any restart policy. */
export function endedPatch(pod: V1Pod, exit: Exit, now: Date): object {
  const phase = exit.exitCode === 0 ? 'Succeeded' : 'Failed';
  return patch(pod, { phase, state: endedState(exit, now), isReady: false }, now);
}

/** The container has ended and will be started again, after a back-off or at once. */
export function restartingPatch(pod: V1Pod, exit: Exit, now: Date, backOffMs: number): object {
  const ended = endedState(exit, now);
  const message = `back-off ${backOffMs / 1000}s restarting failed container`;
  const waiting = { state: { waiting: { reason: 'CrashLoopBackOff', message } }, lastState: ended };
  const state = backOffMs > 0 ? waiting : { state: ended };
  return patch(pod, { phase: 'Running', isReady: false, ...state }, now);
}
