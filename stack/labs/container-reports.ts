import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { Container } from './container';
import { initEndedPatch, initRunningPatch, initWaitingPatch } from './init-status';
import { hasEnded, isInit, phaseOf } from './pod';
import type { Reports } from './reports';
import { type Exit, endedPatch, runningPatch, waitingPatch } from './status';
import type { UnreadyPod } from './unready';

/** Reports the state of a pod's containers, by events and in its status. */
export interface ContainerReports {
  started(pod: V1Pod, spec: V1Container, container: Container, restarts: number): Promise<void>;
  /** The container cannot be started yet. */
  unready(pod: V1Pod, spec: V1Container, problem: UnreadyPod): Promise<void>;
  /** The container has got SIGTERM. */
  stopping(pod: V1Pod, spec: V1Container): Promise<void>;
  ended(pod: V1Pod, spec: V1Container, exit: Exit, finishedAt: Date): Promise<void>;
}

/** Reports through these requests. A pod that has changed state meanwhile is left unchanged. */
export function createContainerReports(reports: Reports): ContainerReports {
  const normal = (pod: V1Pod, spec: V1Container, reason: string, message: string) =>
    reports.event(pod, spec, { type: 'Normal', reason, message });
  return {
    async started(pod, spec, { startedAt }, restarts) {
      const isFirst = isInit(pod, spec);
      if (isFirst) {
        await normal(pod, spec, 'Pulled', `Container image "${spec.image}" already present on machine`);
        await normal(pod, spec, 'Created', `Created container: ${spec.name}`);
      }
      await normal(pod, spec, 'Started', `Started container ${spec.name}`);
      await reports.status(pod, (current) => {
        if (phaseOf(current) !== 'Pending') return null;
        return isFirst
          ? initRunningPatch(current, spec, { startedAt, restarts })
          : runningPatch(current, startedAt);
      });
    },
    async unready(pod, spec, { message, reason }) {
      const type = 'Warning';
      if (reason === 'FailedMount') {
        await reports.event(pod, spec, { type, reason, message: `MountVolume.SetUp failed: ${message}` });
        return;
      }
      await reports.event(pod, spec, { type, reason: 'Failed', message: `Error: ${message}` });
      await reports.status(pod, (current) =>
        isInit(current, spec)
          ? initWaitingPatch(current, spec, reason, message)
          : waitingPatch(current, reason, message, new Date()),
      );
    },
    stopping: (pod, spec) => normal(pod, spec, 'Killing', `Stopping container ${spec.name}`),
    async ended(pod, spec, exit, finishedAt) {
      await reports.status(pod, (current) => {
        if (hasEnded(current)) return null;
        return isInit(current, spec)
          ? initEndedPatch(current, spec, exit, finishedAt)
          : endedPatch(current, exit, finishedAt);
      });
    },
  };
}
