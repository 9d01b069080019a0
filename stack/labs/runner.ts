import { rmSync } from 'node:fs';
import type { V1Pod } from '@kubernetes/client-node';
import type { Follower } from '../kubelet/follow';
import type { Container } from './container';
import { type Known, nextStep } from './decision';
import { type LauncherOptions, launch, podDirectory } from './launcher';
import { containerOf, containerStatusOf, uidOf } from './pod';
import { createReports } from './reports';
import { endedPatch, runningPatch, waitingPatch } from './status';
import { UnreadyPod } from './unready';

const RETRY_MS = 500;

/** One pod and its container. */
interface Lab extends Known {
  pod: V1Pod;
  state: Known['state'];
  restarts: number;
  container: Container | null;
  isGone: boolean;
  /** The last reason for not starting, which is told once. */
  problem: string;
}

const phaseOf = (pod: V1Pod): string => pod.status?.phase ?? '';

/** Runs the containers of the pods it is told of as processes, and reports what becomes of them. */
export function createRunner(options: LauncherOptions): Follower {
  const labs = new Map<string, Lab>();
  const reports = createReports(options.api);

  /** Does something about a pod, again and again until it works or the pod is gone. */
  function attempt(lab: Lab, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      console.error(error);
      if (!lab.isGone) setTimeout(() => attempt(lab, work), RETRY_MS);
    });
  }

  function look(lab: Lab): void {
    if (lab.isGone) return;
    switch (nextStep(lab.pod, lab)) {
      case 'start':
        lab.state = 'starting';
        void start(lab);
        return;
      case 'stop':
        stop(lab);
        return;
      case 'kill':
        lab.container?.kill('SIGKILL');
        lab.container = null;
        lab.state = 'exited';
        return;
      case 'remove':
        lab.state = 'stopping';
        attempt(lab, () => reports.remove(lab.pod));
        return;
      case 'reportLost':
        lab.state = 'exited';
        end(lab, 137, new Date(), 'ContainerStatusUnknown');
        return;
      case 'nothing':
    }
  }

  async function start(lab: Lab): Promise<void> {
    const { pod } = lab;
    const restarts = containerStatusOf(pod)?.restartCount ?? 0;
    const previous = lab.container;
    lab.container = null;
    previous?.kill('SIGKILL');
    await previous?.exited;
    try {
      const container = await launch(options, pod, restarts);
      Object.assign(lab, { state: 'running', container, restarts, problem: '' });
      void container.exited.then((exitCode) => exited(lab, container, exitCode));
      if (lab.isGone) container.kill('SIGKILL');
      else if (phaseOf(pod) === 'Pending') attempt(lab, () => reportStart(lab, container));
      look(lab);
    } catch (error) {
      attempt(lab, () => reportProblem(lab, error));
      setTimeout(() => {
        lab.state = 'none';
        look(lab);
      }, RETRY_MS);
    }
  }

  async function reportStart(lab: Lab, container: Container): Promise<void> {
    const { name } = containerOf(lab.pod);
    await reports.event(lab.pod, 'Normal', 'Started', `Started container ${name}`);
    await reports.status(lab.pod, (pod) =>
      lab.container === container && phaseOf(pod) === 'Pending'
        ? runningPatch(pod, container.startedAt)
        : null,
    );
  }

  async function reportProblem(lab: Lab, error: unknown): Promise<void> {
    const { pod } = lab;
    if (!(error instanceof UnreadyPod)) return console.error(error);
    const { message, reason } = error;
    if (message === lab.problem) return;
    lab.problem = message;
    if (reason === 'FailedMount') {
      await reports.event(pod, 'Warning', reason, `MountVolume.SetUp failed: ${message}`);
      return;
    }
    await reports.event(pod, 'Warning', 'Failed', `Error: ${message}`);
    await reports.status(pod, (current) => waitingPatch(current, reason, message, new Date()));
  }

  function stop(lab: Lab): void {
    const { container, pod } = lab;
    if (!container) return;
    lab.state = 'stopping';
    container.kill('SIGTERM');
    const graceMs = (pod.metadata?.deletionGracePeriodSeconds ?? 30) * 1000;
    const killing = setTimeout(() => container.kill('SIGKILL'), graceMs);
    void container.exited.then(() => clearTimeout(killing));
    const { name } = containerOf(pod);
    attempt(lab, () => reports.event(pod, 'Normal', 'Killing', `Stopping container ${name}`));
  }

  function exited(lab: Lab, container: Container, exitCode: number): void {
    // One that was replaced or killed for what the pod's status already says.
    if (lab.container !== container) return;
    lab.container = null;
    lab.state = 'exited';
    end(lab, exitCode, container.startedAt);
  }

  function end(lab: Lab, exitCode: number, startedAt: Date, reason?: string): void {
    const exit = { exitCode, startedAt, ...(reason ? { reason } : {}) };
    attempt(lab, async () => {
      await reports.status(lab.pod, (pod) =>
        ['Succeeded', 'Failed'].includes(phaseOf(pod)) ? null : endedPatch(pod, exit, new Date()),
      );
      look(lab);
    });
  }

  function changed(object: unknown): void {
    const pod = object as V1Pod;
    const uid = uidOf(pod);
    const lab = labs.get(uid) ?? newLab(pod);
    lab.pod = pod;
    labs.set(uid, lab);
    look(lab);
  }

  function deleted(object: unknown): void {
    const pod = object as V1Pod;
    const lab = labs.get(uidOf(pod));
    labs.delete(uidOf(pod));
    if (!lab) return;
    lab.isGone = true;
    const { container } = lab;
    container?.kill('SIGKILL');
    const clean = () => rmSync(podDirectory(options, pod), { recursive: true, force: true });
    if (container) void container.exited.then(clean);
    else clean();
  }

  return {
    listed(objects) {
      const pods = objects as readonly V1Pod[];
      const uids = new Set(pods.map(uidOf));
      for (const [uid, { pod }] of labs) if (!uids.has(uid)) deleted(pod);
      pods.forEach(changed);
    },
    changed,
    deleted,
  };
}

function newLab(pod: V1Pod): Lab {
  return { pod, state: 'none', restarts: 0, container: null, isGone: false, problem: '' };
}
