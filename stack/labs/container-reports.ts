import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { Container } from './container';
import { initEndedPatch, initRunningPatch, initWaitingPatch } from './init-status';
import { hasEnded, isInit, phaseOf } from './pod';
import type { PodEvent, Reports } from './reports';
import { isRestarted } from './restarts';
import { type Exit, endedPatch, probedPatch, restartingPatch, runningPatch, waitingPatch } from './status';
import type { UnreadyPod } from './unready';

/** Reports the state of a pod's containers, by events and in its status. */
export interface ContainerReports {
  started(pod: V1Pod, spec: V1Container, container: Container, restarts: number): Promise<void>;
  /** The container cannot be started yet. */
  unready(pod: V1Pod, spec: V1Container, problem: UnreadyPod): Promise<void>;
  /** Probes have found that the container has started, and whether it is ready. */
  probed(pod: V1Pod, isReady: boolean): Promise<void>;
  /** A probe or a hook of the container has failed. */
  warn(pod: V1Pod, spec: V1Container, reason: PodEvent['reason'], message: string): Promise<void>;
  /** The container is going to get SIGTERM. */
  stopping(pod: V1Pod, spec: V1Container): Promise<void>;
  ended(pod: V1Pod, spec: V1Container, exit: Exit, finishedAt: Date): Promise<void>;
  /** The container has ended, and is started again after that time. */
  restarting(pod: V1Pod, spec: V1Container, exit: Exit, finishedAt: Date, backOffMs: number): Promise<void>;
}

/** Reports through these requests. A pod that has changed state meanwhile is left unchanged. */
export function createContainerReports(reports: Reports): ContainerReports {
  const normal = (pod: V1Pod, spec: V1Container, reason: string, message: string) =>
    reports.event(pod, spec, { type: 'Normal', reason, message });
  const warn: ContainerReports['warn'] = (pod, spec, reason, message) =>
    reports.event(pod, spec, { type: 'Warning', reason, message });
  return {
    warn,
    async started(pod, spec, { startedAt }, restarts) {
      const isFirst = isInit(pod, spec);
      if (isFirst) {
        await normal(pod, spec, 'Pulled', `Container image "${spec.image}" already present on machine`);
        await normal(pod, spec, 'Created', `Created container: ${spec.name}`);
      }
      await normal(pod, spec, 'Started', `Started container ${spec.name}`);
      const { readinessProbe, startupProbe } = spec;
      const isStarted = startupProbe === undefined;
      const isReady = isStarted && readinessProbe === undefined;
      await reports.status(pod, (current) => {
        if (isFirst) {
          const isPending = phaseOf(current) === 'Pending';
          return isPending ? initRunningPatch(current, spec, { startedAt, restarts }) : null;
        }
        if (phaseOf(current) !== 'Pending' && !isRestarted(current, spec)) return null;
        return runningPatch(current, { startedAt, restarts, isStarted, isReady });
      });
    },
    probed: (pod, isReady) => reports.status(pod, (current) => probedPatch(current, isReady, new Date())),
    async unready(pod, spec, { message, reason }) {
      if (reason === 'FailedMount') return warn(pod, spec, reason, `MountVolume.SetUp failed: ${message}`);
      await warn(pod, spec, 'Failed', `Error: ${message}`);
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
    async restarting(pod, spec, exit, finishedAt, backOffMs) {
      if (backOffMs > 0) {
        await warn(
          pod,
          spec,
          'BackOff',
          `Back-off restarting failed container ${spec.name} in pod ${pod.metadata?.name}`,
        );
      }
      await reports.status(pod, (current) =>
        hasEnded(current) ? null : restartingPatch(current, exit, finishedAt, backOffMs),
      );
    },
  };
}
