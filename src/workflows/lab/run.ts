import { condition, isCancellation, log, patched } from '@temporalio/workflow';
import {
  type CrashLoop,
  crashLoopFailure,
  crashLoopMessage,
  DEFAULT_RESTART_PATIENCE_MS,
  observeCrashLoop,
} from '../../domain/crash-loop';
import { addressOf, isSameAddress, movedLabUrl, type ProvenAddress } from '../../domain/lab-address';
import type { LabFailure } from '../../domain/lab-end';
import { EXITED, failedEnding } from '../../domain/lab-end';
import { lostNodeMessage } from '../../domain/obstacles';
import { endOfPod, type PodObservation } from '../../domain/pod';
import { disruptionOf, judgeRun, podEnding, VANISHED } from '../../domain/pod-verdict';
import { isRenewalDue, renewWhenIdle } from '../lifecycle/renewal';
import type { Lab, PhaseEnd } from './lab';
import { judgedPod } from './lab-pod';
import type { LabWorkflow } from './messages';

/** Runs that read their pod before this patch kept the first address of their lab. */
const FOLLOW_ADDRESSES = '2026-11-follow-addresses';

/**
 * Monitors a running lab until it is ordered to end, ends by itself, or its pod vanishes. At the first regular check
 * without changes, and whenever the history has grown long, the workflow continues as new.
 */
export async function runLab(lab: Lab): Promise<PhaseEnd> {
  lab.step.begin('running');
  const crashes = new Crashes(lab);
  let isFresh = true;
  for (;;) {
    const order = lab.orders.take() ?? judgePod(lab) ?? crashes.judge(isFresh);
    if (order) return order;
    showObstacle(lab, crashes);
    const { revision } = lab.pod;
    const isNews = () => lab.orders.isPlaced || lab.pod.revision > revision;
    // A reported new address that could not be read is read again soon.
    const checkMs: number =
      isFresh || !hasReportedNewAddress(lab) ? crashes.untilNextCheck : lab.timeouts.spawnCheckMs;
    const isTold = await condition(() => isNews() || lab.pod.needsRead, checkMs);
    isFresh = isTold;
    if (!isTold || lab.pod.needsRead || hasReportedNewAddress(lab)) isFresh = await checkPod(lab);
    const mayRenew = !isNews() && !isTold && !lab.isResumed;
    if ((mayRenew || isRenewalDue()) && !crashes.isDown) {
      await renewWhenIdle<LabWorkflow>(isNews, () => lab.continuation());
    }
  }
}

/** The crash loop of a running lab's container, and the patience with it. */
class Crashes {
  private loop: CrashLoop | null = null;

  constructor(private readonly lab: Lab) {}

  /** Whether the container is being restarted. */
  get isDown(): boolean {
    return this.loop !== null && this.loop.backMs === null;
  }

  /** How long to wait for changes before the pod is read. */
  get untilNextCheck(): number {
    const { runCheckMs, spawnCheckMs } = this.lab.timeouts;
    if (!this.loop || !this.isDown) return runCheckMs;
    const untilEndMs = this.loop.sinceMs + this.patienceMs - Date.now();
    return Math.min(runCheckMs, untilEndMs > 0 ? untilEndMs : spawnCheckMs);
  }

  /** Text about the crash loop, or null. */
  get description(): string | null {
    return this.loop && crashLoopMessage(this.loop);
  }

  /** Ends the lab once patience is over, if the latest observation is recent. */
  judge(isFresh: boolean): PhaseEnd | null {
    const pod = judgedPod(this.lab);
    const nowMs = Date.now();
    const loop = pod && observeCrashLoop(pod, nowMs, this.loop, this.patienceMs);
    this.loop = loop;
    // Container states on a lost node are as of its loss.
    const isOver = loop?.backMs === null && !pod?.lostNode && nowMs >= loop.sinceMs + this.patienceMs;
    return loop && isOver && isFresh ? terminate(this.lab, crashLoopFailure(loop)) : null;
  }

  private get patienceMs(): number {
    return this.lab.timeouts.restartPatienceMs ?? DEFAULT_RESTART_PATIENCE_MS;
  }
}

/** Decides by the latest observation of the pod whether the lab still runs. */
function judgePod(lab: Lab): PhaseEnd | null {
  const pod = judgedPod(lab);
  const end = pod && judgeRun(pod);
  if (pod && end?.status === 'terminated') return terminate(lab, end.failure, endOfPod(pod));
  const disruption = pod && disruptionOf(pod);
  if (end || lab.pod.isGone) {
    return lab.fail(end?.failure ?? disruption ?? VANISHED);
  }
  if (pod?.isDeleting) {
    lab.record.noteFailure(disruption);
    return lab.shutDown(podEnding(pod));
  }
  return null;
}

/** Records that the lab has ended by itself, with or without a failure. */
function terminate(lab: Lab, failure: LabFailure | null, note = failure?.message): PhaseEnd {
  lab.end(failure ? failedEnding(failure) : EXITED);
  lab.record.apply('exited', { internalUrl: null, failure });
  lab.step.begin('terminated', failure?.message ?? note);
  return { event: 'exited' };
}

/**
 * Shows to operators that the lab's node is lost, or that its container is down. The lab may recover, so neither ends
 * it.
 */
function showObstacle(lab: Lab, crashes: Crashes): void {
  const lostNode = lab.pod.latest?.lostNode;
  const text = lostNode === undefined ? crashes.description : lostNodeMessage(lostNode);
  if (text !== lab.step.obstacle) lab.step.setObstacle(text);
}

/**
 * Reads the pod in case the watcher missed a change; returns whether that succeeded. Errors of the cluster change
 * nothing.
 */
async function checkPod(lab: Lab): Promise<boolean> {
  lab.pod.beginRead();
  const { verifyPod } = lab.activities;
  const { revision } = lab.pod;
  // The read has its own timeout; the step makes it interruptible by orders.
  const limitMs = lab.timeouts.kubernetesRequestMs + lab.timeouts.kubernetesRetryMs;
  try {
    const pod = await lab.interruptible.run(limitMs, () => verifyPod(lab.target));
    if (!patched(FOLLOW_ADDRESSES)) {
      lab.pod.observeRead(pod);
      return true;
    }
    // An observation during the read may be newer.
    if (lab.pod.revision > revision) lab.pod.requestRead();
    lab.pod.observeReadSince(revision, pod);
    // Another pod of the same name is not this lab's.
    if (pod && pod.uid === (lab.pod.latest?.uid ?? pod.uid)) followAddress(lab, pod);
    return true;
  } catch (error) {
    if (!isCancellation(error)) log.warn('the pod of a running lab cannot be read', { error });
    return false;
  }
}

function addressInUse(pod: PodObservation | null): ProvenAddress | null {
  return pod?.isLabRunning && !pod.isDeleting ? addressOf(pod) : null;
}

/** Whether an observation has another address, as after a new sandbox of the pod. A read has to confirm it. */
function hasReportedNewAddress({ pod, record }: Lab): boolean {
  // A lab with an order to end has no URL any more.
  const { address, internalUrl } = record.current;
  if (internalUrl === null) return false;
  const latest = addressInUse(pod.latest);
  return latest !== null && latest.podIp !== address?.podIp && patched(FOLLOW_ADDRESSES);
}

/** Publishes the address of a pod that was read, if it or its proof differs from the record. */
function followAddress(lab: Lab, pod: PodObservation): void {
  const { address: known, internalUrl, status } = lab.record.current;
  const address = addressInUse(pod);
  if (status !== 'running' || internalUrl === null || !address || isSameAddress(address, known)) return;
  lab.record.setAddress(movedLabUrl(internalUrl, address.podIp), address);
}
