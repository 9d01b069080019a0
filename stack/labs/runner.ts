import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { Follower } from '../kubelet/follow';
import { isRunnable } from './command';
import type { Container } from './container';
import { createContainerReports } from './container-reports';
import { type Known, nextStep } from './decision';
import { type LauncherOptions, launch, podDirectory, terminationLogOf } from './launcher';
import { containerOf, isInit, nextInit, phaseOf, positionOf, restartsOf, uidOf } from './pod';
import { createReports } from './reports';
import type { Exit } from './status';
import { terminationMessage } from './termination-log';
import { UnreadyPod } from './unready';

const RETRY_MS = 500;

/** One pod and its current container: init containers in their order, then the main one. */
interface Lab extends Known {
  pod: V1Pod;
  state: Known['state'];
  restarts: number;
  completed: number;
  /** Spec of the container that was started last. */
  spec: V1Container;
  container: Container | null;
  isGone: boolean;
  /** The last reason for not starting, which is reported once. */
  problem: string;
  /** Settled when all reports so far have been sent: reports about a pod keep their order. */
  reported: Promise<void>;
}

/** Runs the containers of pods as processes, and reports their states. */
export function createRunner(options: LauncherOptions): Follower {
  const labs = new Map<string, Lab>();
  const reports = createReports(options.api);
  const containerReports = createContainerReports(reports);

  /** Sends a report after all earlier ones about the pod. Repeats it until it succeeds or the pod is gone. */
  function report(lab: Lab, tell: () => Promise<void>): void {
    const persistently = async () => {
      while (!lab.isGone) {
        try {
          return await tell();
        } catch (error) {
          console.error(error);
          await delay(RETRY_MS);
        }
      }
    };
    lab.reported = lab.reported.then(persistently);
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
        report(lab, () => reports.remove(lab.pod));
        return;
      case 'reportLost':
        end(lab, { exitCode: 137, startedAt: new Date(), reason: 'ContainerStatusUnknown' });
        return;
      case 'nothing':
    }
  }

  async function start(lab: Lab): Promise<void> {
    const { pod } = lab;
    const init = nextInit(pod, lab.completed);
    const spec = init ?? containerOf(pod);
    const restarts = restartsOf(pod, spec);
    const previous = lab.container;
    Object.assign(lab, { spec, container: null });
    previous?.kill('SIGKILL');
    await previous?.exited;
    if (init && !isRunnable(init, options.isolation)) {
      end(lab, { exitCode: 0, startedAt: new Date() });
      return;
    }
    try {
      const container = await launch(options, pod, spec);
      Object.assign(lab, { state: 'running', container, restarts, problem: '' });
      void container.exited.then((exitCode) => exited(lab, container, exitCode));
      if (lab.isGone) container.kill('SIGKILL');
      else if (phaseOf(pod) === 'Pending') {
        report(lab, () => containerReports.started(lab.pod, spec, container, restarts));
      }
      look(lab);
    } catch (error) {
      tellProblem(lab, error);
      setTimeout(() => {
        lab.state = 'none';
        look(lab);
      }, RETRY_MS);
    }
  }

  function tellProblem(lab: Lab, error: unknown): void {
    if (!(error instanceof UnreadyPod)) {
      console.error(error);
      return;
    }
    if (error.message === lab.problem) return;
    const { spec } = lab;
    lab.problem = error.message;
    report(lab, () => containerReports.unready(lab.pod, spec, error));
  }

  function stop(lab: Lab): void {
    const { container, pod, spec } = lab;
    if (!container) return;
    lab.state = 'stopping';
    container.kill('SIGTERM');
    const graceMs = (pod.metadata?.deletionGracePeriodSeconds ?? 30) * 1000;
    const killing = setTimeout(() => container.kill('SIGKILL'), graceMs);
    void container.exited.then(() => clearTimeout(killing));
    report(lab, () => containerReports.stopping(pod, spec));
  }

  function exited(lab: Lab, container: Container, exitCode: number): void {
    // The container was replaced, or killed because of the pod's status.
    if (lab.container !== container) return;
    const { pod, spec } = lab;
    const message = isInit(pod, spec) ? terminationMessage(terminationLogOf(options, pod, spec)) : '';
    lab.container = null;
    end(lab, { exitCode, startedAt: container.startedAt, message });
  }

  /** Reports the end of the current container. After a completed init container the next one is started. */
  function end(lab: Lab, exit: Exit): void {
    const { pod, spec } = lab;
    const hasCompleted = isInit(pod, spec) && exit.exitCode === 0;
    lab.state = hasCompleted ? 'none' : 'exited';
    if (hasCompleted) lab.completed = positionOf(pod, spec) + 1;
    const finishedAt = new Date();
    report(lab, async () => {
      await containerReports.ended(lab.pod, spec, exit, finishedAt);
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
  return {
    pod,
    state: 'none',
    restarts: 0,
    completed: 0,
    spec: containerOf(pod),
    container: null,
    isGone: false,
    problem: '',
    reported: Promise.resolve(),
  };
}
