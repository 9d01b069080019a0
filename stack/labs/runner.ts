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
import { preStop } from './pre-stop';
import { type Prober, startProbes } from './prober';
import { createReports } from './reports';
import { backOffMs, endsAfter, isRestarted } from './restarts';
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
  /** Whether the next start of the main container follows one that has ended. */
  isRestart: boolean;
  /** How often the main container has ended and been started again, in a row. */
  ends: number;
  prober: Prober | null;
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
        void stop(lab, lab.pod.metadata?.deletionGracePeriodSeconds);
        return;
      case 'kill':
        lab.prober?.stop();
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
    const restarts = restartsOf(pod, spec) + (lab.isRestart ? 1 : 0);
    const previous = lab.container;
    lab.prober?.stop();
    Object.assign(lab, { spec, container: null });
    previous?.kill('SIGKILL');
    await previous?.exited;
    if (init && !isRunnable(init, options.isolation)) {
      end(lab, { exitCode: 0, startedAt: new Date() });
      return;
    }
    try {
      const container = await launch(options, pod, spec);
      Object.assign(lab, { state: 'running', container, restarts, problem: '', isRestart: false });
      void container.exited.then((exitCode) => exited(lab, container, exitCode));
      if (lab.isGone) container.kill('SIGKILL');
      else if (phaseOf(pod) === 'Pending' || isRestarted(pod, spec)) {
        report(lab, () => containerReports.started(lab.pod, spec, container, restarts));
        probe(lab, spec);
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

  /** Starts the probes of a main container that has any. */
  function probe(lab: Lab, spec: V1Container): void {
    const { livenessProbe, readinessProbe, startupProbe } = spec;
    if (isInit(lab.pod, spec) || !(livenessProbe ?? readinessProbe ?? startupProbe)) return;
    lab.prober = startProbes(lab.pod, spec, {
      started: () => report(lab, () => containerReports.probed(lab.pod, false)),
      ready: (isReady) => report(lab, () => containerReports.probed(lab.pod, isReady)),
      failed: (kind, message) =>
        report(lab, () =>
          containerReports.warn(lab.pod, spec, 'Unhealthy', `${kind} probe failed: ${message}`),
        ),
      unhealthy: () => void stop(lab, lab.pod.spec?.terminationGracePeriodSeconds),
    });
  }

  /** Ends a container within its grace period, of which its hook is a part. */
  async function stop(lab: Lab, graceSeconds = 30): Promise<void> {
    const { container, pod, spec } = lab;
    if (!container) return;
    lab.state = 'stopping';
    lab.prober?.stopLiveness();
    const killing = setTimeout(() => container.kill('SIGKILL'), graceSeconds * 1000);
    void container.exited.then(() => clearTimeout(killing));
    report(lab, () => containerReports.stopping(pod, spec));
    try {
      await preStop(pod, spec);
    } catch (error) {
      report(lab, () => containerReports.warn(pod, spec, 'FailedPreStopHook', String(error)));
    }
    if (lab.container === container) container.kill('SIGTERM');
  }

  function exited(lab: Lab, container: Container, exitCode: number): void {
    // The container was replaced, or killed because of the pod's status.
    if (lab.container !== container) return;
    const { pod, spec } = lab;
    const message = isInit(pod, spec) ? terminationMessage(terminationLogOf(options, pod, spec)) : '';
    lab.container = null;
    lab.prober?.stop();
    end(lab, { exitCode, startedAt: container.startedAt, message });
  }

  /** Reports the end of the current container. After a completed init container the next one is started. */
  function end(lab: Lab, exit: Exit): void {
    const { pod, spec } = lab;
    if (isRestarted(pod, spec)) {
      restart(lab, exit);
      return;
    }
    const hasCompleted = isInit(pod, spec) && exit.exitCode === 0;
    lab.state = hasCompleted ? 'none' : 'exited';
    if (hasCompleted) lab.completed = positionOf(pod, spec) + 1;
    const finishedAt = new Date();
    report(lab, async () => {
      await containerReports.ended(lab.pod, spec, exit, finishedAt);
      look(lab);
    });
  }

  /** Starts a container that has ended again, unless its pod is deleted meanwhile. */
  function restart(lab: Lab, exit: Exit): void {
    const { pod, spec } = lab;
    const finishedAt = new Date();
    lab.ends = endsAfter(lab.ends, exit.startedAt, finishedAt);
    const waitMs = backOffMs(lab.ends);
    lab.state = 'waiting';
    report(lab, () => containerReports.restarting(pod, spec, exit, finishedAt, waitMs));
    setTimeout(() => {
      if (lab.state !== 'waiting' || lab.isGone) return;
      lab.state = 'starting';
      lab.isRestart = true;
      void start(lab);
    }, waitMs);
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
    lab.prober?.stop();
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
    isRestart: false,
    ends: 0,
    prober: null,
    spec: containerOf(pod),
    container: null,
    isGone: false,
    problem: '',
    reported: Promise.resolve(),
  };
}
