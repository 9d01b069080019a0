import type { V1Pod } from '@kubernetes/client-node';
import { containerStatusOf } from './pod';

/** A container's state: `waiting`, `running` or `terminated` with its fields. */
export type State = Readonly<Record<string, object>>;

interface Change {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly state: State;
  readonly isReady: boolean;
}

/** A strategic merge patch of the status; the API server refuses it (409) when the pod has changed since the read. */
export function statusPatch({ metadata }: V1Pod, status: object): object {
  return { metadata: { uid: metadata?.uid, resourceVersion: metadata?.resourceVersion }, status };
}

/** The same for a change of the main container and others in the pod. */
function patch(pod: V1Pod, { phase, state, isReady }: Change, now: Date): object {
  const condition = (type: string) => ({
    type,
    status: isReady ? 'True' : 'False',
    lastTransitionTime: now.toISOString(),
  });
  const containerStatuses = pod.spec?.containers.map(({ image, name }) => ({
    name,
    image,
    imageID: image,
    ready: isReady,
    started: isReady,
    restartCount: containerStatusOf(pod)?.restartCount ?? 0,
    state,
  }));
  return statusPatch(pod, {
    phase,
    conditions: ['ContainersReady', 'Ready'].map(condition),
    containerStatuses,
  });
}

/** The container has started and counts as ready, as without a probe. */
export function runningPatch(pod: V1Pod, startedAt: Date): object {
  const state = { running: { startedAt: startedAt.toISOString() } };
  return patch(pod, { phase: 'Running', state, isReady: true }, startedAt);
}

/** The container cannot be started yet. */
export function waitingPatch(pod: V1Pod, reason: string, message: string, now: Date): object {
  return patch(pod, { phase: 'Pending', state: { waiting: { reason, message } }, isReady: false }, now);
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
