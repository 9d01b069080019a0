import { condition, isCancellation, log, uuid4, workflowInfo } from '@temporalio/workflow';
import { endOfPod } from '../../domain/pod';
import { podEnding, VANISHED } from '../../domain/pod-ending';
import { disruptionOf, judgeRun } from '../../domain/pod-verdict';
import { renew } from './renewal';
import type { LabState, Phase } from './state';

/**
 * Keeps watch over a running lab until it is ordered to end, ends by itself, or vanishes. With its first
 * quiet slow check, and whenever the history has grown long, the workflow continues as new.
 */
export async function runLab(lab: LabState): Promise<Phase> {
  lab.step.begin('running');
  for (;;) {
    const order = lab.takeOrder() ?? judgePod(lab);
    if (order) return order;
    const { news } = lab.pod;
    const isNews = () => lab.order !== null || lab.pod.news > news;
    const isTold = await condition(() => isNews() || lab.pod.isDoubted, lab.timeouts.runCheckMs);
    if (!isTold || lab.pod.isDoubted) await checkPod(lab);
    const mayRenew = !isNews() && !isTold && !lab.isResumed;
    if (mayRenew || workflowInfo().continueAsNewSuggested) await renew(lab, isNews);
  }
}

/** Decides by what was last seen of the pod whether the lab still runs. */
function judgePod(lab: LabState): Phase | null {
  const pod = lab.pod.latest;
  const end = pod && judgeRun(pod);
  if (pod && end?.status === 'terminated') {
    lab.end(podEnding(pod));
    lab.publish({ status: 'terminated', internalUrl: null, failure: end.failure });
    lab.step.begin('terminated', end.failure?.message ?? endOfPod(pod));
    return { kind: 'ended' };
  }
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

/** Reads the pod in case the watcher missed something. A cluster that is away, or refuses, changes nothing. */
async function checkPod(lab: LabState): Promise<void> {
  lab.pod.isDoubted = false;
  const { verifyPod } = lab.activities;
  // The read keeps its own limit; the scope is there for orders.
  const limitMs = lab.timeouts.kubernetesRequestMs + lab.timeouts.kubernetesRetryMs;
  try {
    const pod = await lab.interruptible(limitMs, () => verifyPod(lab.place));
    lab.pod.learnRead(pod);
  } catch (error) {
    if (!isCancellation(error)) log.warn('the pod of a running lab cannot be read', { error });
  }
}
