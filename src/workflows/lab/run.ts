import { condition, isCancellation, log, uuid4, workflowInfo } from '@temporalio/workflow';
import { endOfPod } from '../../domain/pod';
import { readPod } from './proxies';
import { renew } from './renewal';
import type { LabState, Phase } from './state';

/** How long a slow check may try to read the pod before the watcher is trusted again. */
const CHECK_TIMEOUT_MS = 30_000;

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
    const isTold = await condition(isNews, lab.timeouts.runCheckMs);
    if (!isTold) await checkPod(lab);
    const mayRenew = !isNews() && !isTold && !lab.isResumed;
    if (mayRenew || workflowInfo().continueAsNewSuggested) await renew(lab, isNews);
  }
}

/** Decides by what was last seen of the pod whether the lab still runs. */
function judgePod(lab: LabState): Phase | null {
  const pod = lab.pod.latest;
  if (lab.pod.isGone) {
    lab.fail({ reason: 'PodVanished', message: 'The lab pod was deleted while the lab was running' });
    return { kind: 'ended' };
  }
  if (pod?.phase === 'Succeeded' || pod?.phase === 'Failed') {
    const failure =
      pod.phase === 'Failed' ? ({ reason: 'PodFailed', message: endOfPod(pod) } as const) : null;
    lab.publish({ status: 'terminated', internalUrl: null, failure });
    lab.step.begin('terminated', endOfPod(pod));
    return { kind: 'ended' };
  }
  if (pod?.isDeleting) {
    lab.orderShutdown(uuid4());
    return lab.takeOrder();
  }
  return null;
}

/** Reads the pod in case the watcher missed something. A cluster that is away, or refuses,
 * changes nothing. */
async function checkPod(lab: LabState): Promise<void> {
  try {
    const pod = await lab.interruptible(CHECK_TIMEOUT_MS, () => readPod({ username: lab.username }));
    lab.pod.learnRead(pod);
  } catch (error) {
    if (!isCancellation(error)) log.warn('the pod of a running lab cannot be read', { error });
  }
}
