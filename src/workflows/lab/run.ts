import { condition, isCancellation, log, patched, uuid4, workflowInfo } from '@temporalio/workflow';
import {
  type CrashLoop,
  DEFAULT_RESTART_PATIENCE_MS,
  describeLoop,
  failureOfLoop,
  followCrashes,
} from '../../domain/crash-loop';
import type { LabFailure } from '../../domain/lab';
import { EXITED, failedEnding } from '../../domain/lab-end';
import { movedLabUrl } from '../../domain/lab-url';
import { endOfPod, type PodObservation } from '../../domain/pod';
import { addressOf, isSameAddress, type ProvenAddress } from '../../domain/pod-address';
import { podEnding, VANISHED } from '../../domain/pod-ending';
import { lostNodeOfRunningLab } from '../../domain/pod-hold';
import { disruptionOf, judgeRun } from '../../domain/pod-verdict';
import { judgedPod } from './judged-pod';
import { renew } from './renewal';
import type { LabState, Phase } from './state';

/** Runs that read their pod without this have kept the address that their lab began with. */
const FOLLOW_ADDRESSES = '2026-11-follow-addresses';

/**
 * Keeps watch over a running lab until it is ordered to end, ends by itself, or vanishes. With its first
 * quiet slow check, and whenever the history has grown long, the workflow continues as new.
 */
export async function runLab(lab: LabState): Promise<Phase> {
  lab.step.begin('running');
  const crashes = new Crashes(lab);
  let isFresh = true;
  for (;;) {
    const order = lab.takeOrder() ?? judgePod(lab) ?? crashes.judge(isFresh);
    if (order) return order;
    showObstacle(lab, crashes);
    const { news } = lab.pod;
    const isNews = () => lab.order !== null || lab.pod.news > news;
    // A move that could not be read about is looked at again soon.
    const checkMs: number =
      isFresh || !isSaidToHaveMoved(lab) ? crashes.untilNextCheck : lab.timeouts.spawnCheckMs;
    const isTold = await condition(() => isNews() || lab.pod.isDoubted, checkMs);
    isFresh = isTold;
    if (!isTold || lab.pod.isDoubted || isSaidToHaveMoved(lab)) isFresh = await checkPod(lab);
    const mayRenew = !isNews() && !isTold && !lab.isResumed;
    const isRenewable = mayRenew || workflowInfo().continueAsNewSuggested;
    if (isRenewable && !crashes.isDown) await renew(lab, isNews);
  }
}

/** The restarts of a running lab's container, with patience. */
class Crashes {
  private loop: CrashLoop | null = null;

  constructor(private readonly lab: LabState) {}

  /** Whether the container is being started again. */
  get isDown(): boolean {
    return this.loop !== null && this.loop.backMs === null;
  }

  /** How long to wait for news before the pod is read. */
  get untilNextCheck(): number {
    const { runCheckMs, spawnCheckMs } = this.lab.timeouts;
    if (!this.loop || !this.isDown) return runCheckMs;
    const untilEndMs = this.loop.sinceMs + this.patienceMs - Date.now();
    return Math.min(runCheckMs, untilEndMs > 0 ? untilEndMs : spawnCheckMs);
  }

  /** What has happened to the container, or null. */
  get description(): string | null {
    return this.loop && describeLoop(this.loop);
  }

  /** Ends the lab once patience is over, unless its last news is not fresh. */
  judge(isFresh: boolean): Phase | null {
    const pod = judgedPod(this.lab);
    const nowMs = Date.now();
    const loop = pod && followCrashes(pod, nowMs, this.loop, this.patienceMs);
    this.loop = loop;
    // The states of a lost node's containers are those of when it was lost.
    const isOver = loop?.backMs === null && !pod?.lostNode && nowMs >= loop.sinceMs + this.patienceMs;
    return loop && isOver && isFresh ? terminate(this.lab, failureOfLoop(loop)) : null;
  }

  private get patienceMs(): number {
    return this.lab.timeouts.restartPatienceMs ?? DEFAULT_RESTART_PATIENCE_MS;
  }
}

/** Decides by what was last seen of the pod whether the lab still runs. */
function judgePod(lab: LabState): Phase | null {
  const pod = judgedPod(lab);
  const end = pod && judgeRun(pod);
  if (pod && end?.status === 'terminated') return terminate(lab, end.failure, endOfPod(pod));
  const disruption = pod && disruptionOf(pod);
  if (end || lab.pod.isGone) {
    lab.fail(end?.failure ?? disruption ?? VANISHED);
    return { kind: 'ended' };
  }
  if (pod?.isDeleting) {
    // Published with the shutdown, which keeps it on record.
    lab.record = { ...lab.record, failure: disruption };
    lab.orderShutdown(uuid4(), podEnding(pod));
    return lab.takeOrder();
  }
  return null;
}

/** Records that the lab has ended by itself, with a failure or in good order. */
function terminate(lab: LabState, failure: LabFailure | null, note = failure?.message): Phase {
  lab.end(failure ? failedEnding(failure) : EXITED);
  lab.publish({ status: 'terminated', internalUrl: null, failure });
  lab.step.begin('terminated', failure?.message ?? note);
  return { kind: 'ended' };
}

/**
 * Shows to operators that the lab's node is lost, or that its container is down. The lab may come back, so neither is the
 * end of it.
 */
function showObstacle(lab: LabState, crashes: Crashes): void {
  const lostNode = lab.pod.latest?.lostNode;
  const text = lostNode === undefined ? crashes.description : lostNodeOfRunningLab(lostNode);
  if (text !== lab.step.obstacle) lab.step.meet(text);
}

/**
 * Reads the pod in case the watcher missed something; gives whether that worked. A cluster that is away, or refuses,
 * changes nothing.
 */
async function checkPod(lab: LabState): Promise<boolean> {
  lab.pod.isDoubted = false;
  const { verifyPod } = lab.activities;
  const { news } = lab.pod;
  // The read keeps its own limit; the scope is there for orders.
  const limitMs = lab.timeouts.kubernetesRequestMs + lab.timeouts.kubernetesRetryMs;
  try {
    const pod = await lab.interruptible(limitMs, () => verifyPod(lab.target));
    if (!patched(FOLLOW_ADDRESSES)) {
      lab.pod.learnRead(pod);
      return true;
    }
    // What was told during the read may be newer than it.
    if (lab.pod.news > news) lab.pod.isDoubted = true;
    lab.pod.learnReadSince(news, pod);
    // A pod of the same name that is not the one that is followed is none of this lab's.
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

/** Whether the pod has got another address, as it does when its sandbox is made anew. News of that is only a hint. */
function isSaidToHaveMoved({ pod, record }: LabState): boolean {
  // A lab that is ordered to end has no URL any more.
  if (record.internalUrl === null) return false;
  const told = addressInUse(pod.latest);
  return told !== null && told.podIp !== record.address?.podIp && patched(FOLLOW_ADDRESSES);
}

/** Publishes the address of a pod that was read where it, or its proof, is not the one on record. */
function followAddress(lab: LabState, pod: PodObservation): void {
  const { address: known, internalUrl, status } = lab.record;
  const address = addressInUse(pod);
  if (status !== 'running' || internalUrl === null || !address || isSameAddress(address, known)) return;
  lab.publishAddress(movedLabUrl(internalUrl, address.podIp), address);
}
