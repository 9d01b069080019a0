import { condition, isCancellation } from '@temporalio/workflow';
import type { LabFailure } from '../../domain/lab';
import { labUrl } from '../../domain/lab-url';
import { endOfPod, type PodObservation } from '../../domain/pod';
import { labFailure, toLabFailure } from './failures';
import type { SpawnRequest } from './messages';
import { createLabObjects, readPod } from './proxies';
import { startNamespaceRemoval } from './removal';
import { removePod } from './shutdown';
import type { LabState, Phase } from './state';

/**
 * Builds the lab that was ordered, within one deadline: removes what is left of an old one, creates the
 * objects, and waits until the pod runs. Ends in `run`, in `shutdown` when interrupted, or in failure.
 */
export async function spawnLab(lab: LabState, request: SpawnRequest): Promise<Phase> {
  const { plan, operationId, timeouts } = request;
  // A new workflow may get its end in the same task as its beginning.
  const early = lab.takeOrder();
  if (early) return early;
  try {
    const pod = await lab.interruptible(timeouts.spawnMs, async () => {
      await removeRemains(lab);
      lab.pod.expect(operationId);
      lab.step.begin('spawn, step 1 of 2: creating Kubernetes objects');
      lab.hasRemains = true;
      const podUid = await createLabObjects({ operationId, plan });
      if (podUid) lab.pod.follow(podUid);
      lab.step.begin('spawn, step 2 of 2: waiting for the pod to run');
      return podStarted(lab);
    });
    const interruption = lab.takeOrder();
    if (interruption) return interruption;
    lab.publish({ status: 'running', internalUrl: labUrl(pod.podIp, plan.environment) });
    return { kind: 'run' };
  } catch (error) {
    const interruption = lab.takeOrder();
    if (interruption) return interruption;
    lab.fail(isCancellation(error) ? outOfTime(lab) : toLabFailure(error));
    return { kind: 'ended' };
  }
}

/** Removes an old lab's pod and waits for its namespace to go, as far as that is still to be done. */
async function removeRemains(lab: LabState): Promise<void> {
  if (!lab.hasRemains) return;
  lab.step.begin('spawn: removing what is left of the previous lab');
  if (!lab.isRemovingNamespace) {
    await removePod(lab);
    startNamespaceRemoval(lab);
  }
  await condition(() => !lab.isRemovingNamespace);
}

/** Waits until the pod runs and has an address. Reads it now and then in case the watcher is silent. */
async function podStarted(lab: LabState): Promise<PodObservation & { podIp: string }> {
  for (;;) {
    const pod = lab.pod.latest;
    if (lab.pod.isGone) throw labFailure('PodVanished', 'The lab pod was deleted while it was starting');
    if (pod) {
      if (pod.phase === 'Failed') throw labFailure('PodFailed', endOfPod(pod));
      if (pod.phase === 'Succeeded') throw labFailure('PodFinished', endOfPod(pod));
      if (pod.phase === 'Running' && pod.podIp && !pod.isDeleting) return { ...pod, podIp: pod.podIp };
    }
    const { news } = lab.pod;
    const isTold = await condition(() => lab.pod.news > news, lab.timeouts.spawnCheckMs);
    if (!isTold) lab.pod.learnRead(await readPod({ username: lab.username }));
  }
}

function outOfTime(lab: LabState): LabFailure {
  const obstacle = lab.step.obstacle ? `: ${lab.step.obstacle}` : '';
  return {
    reason: 'SpawnTimeout',
    message: `Lab spawn timed out after ${lab.timeouts.spawnMs / 1000}s${obstacle}`,
  };
}
