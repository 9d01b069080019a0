import { condition, isCancellation, patched } from '@temporalio/workflow';
import type { LabFailure, LabRecord } from '../../domain/lab';
import { labUrl } from '../../domain/lab-url';
import type { PodObservation } from '../../domain/pod';
import { addressOf } from '../../domain/pod-address';
import { disruptionOf, judgeStart, type Obstacle } from '../../domain/pod-verdict';
import { labFailure, obstacleOf, toLabFailure } from './failures';
import { judgedPod } from './judged-pod';
import type { SpawnRequest } from './messages';
import { namespaceGone, startNamespaceRemoval } from './removal';
import { removePod } from './shutdown';
import type { LabState, Phase } from './state';

/**
 * Builds the lab that was ordered, within one deadline: removes what is left of an old one, creates the
 * objects, and waits until the pod runs. Ends in `run`, in `shutdown` when interrupted, or in failure.
 */
export async function spawnLab(lab: LabState, request: SpawnRequest): Promise<Phase> {
  const { plan, operationId } = request;
  const wait = { ...NEW_WAIT, isProofNeeded: plan.acceptedAt !== undefined };
  return startLab(lab, plan.environment, wait, async () => {
    await lab.hubNotice.withdraw();
    await removeRemains(lab);
    lab.namespace = plan.namespace;
    lab.expectPod(operationId);
    lab.step.begin('spawn, step 1 of 2: creating Kubernetes objects');
    lab.hasRemains = true;
    const podUid = await createObjects(lab, request);
    if (podUid) lab.pod.follow(podUid);
    lab.step.begin('spawn, step 2 of 2: waiting for the pod to run', lab.warning?.message);
  });
}

/**
 * Waits for an adopted lab's pod, which someone else has created, with all the time that a spawn has. Ends as
 * a spawn does.
 */
export async function monitorLab(
  lab: LabState,
  environment: Readonly<Record<string, string>>,
): Promise<Phase> {
  return startLab(lab, environment, { ...NEW_WAIT }, async () => {
    lab.step.begin('adopted while it was starting: waiting for the pod to run');
  });
}

/** Prepares a pod and waits until it runs, within the spawn deadline. */
async function startLab(
  lab: LabState,
  environment: Readonly<Record<string, string>>,
  wait: Wait,
  prepare: () => Promise<void>,
): Promise<Phase> {
  // A new workflow may get its end in the same task as its beginning.
  const early = lab.takeOrder();
  if (early) return early;
  try {
    const reachable = await lab.interruptible(lab.timeouts.spawnMs, async () => {
      await prepare();
      return reachableAt(await podStarted(lab, wait), environment);
    });
    const interruption = lab.takeOrder();
    if (interruption) return interruption;
    lab.publish({ status: 'running', ...reachable });
    return { kind: 'run' };
  } catch (error) {
    const interruption = lab.takeOrder();
    if (interruption) return interruption;
    lab.fail(isCancellation(error) ? outOfTime(lab, wait) : toLabFailure(error));
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
  await namespaceGone(lab);
}

/**
 * Creates the lab's objects, and tells what that waits for. A namespace of the user's that does not go, or that is not of
 * this spawn, is left to the one that removes namespaces. Returns the pod's UID as far as it is known.
 */
async function createObjects(lab: LabState, request: SpawnRequest): Promise<string | null> {
  for (let told: string | null = null; ; ) {
    try {
      return await lab.activities.createLabObjects({ ...request, told });
    } catch (error) {
      const obstacle = obstacleOf(error);
      if (!obstacle) throw error;
      lab.tell(obstacle.message);
      told = obstacle.message;
      if (!obstacle.isNamespace) continue;
      startNamespaceRemoval(lab, obstacle);
      await namespaceGone(lab);
      lab.hasRemains = true;
      lab.step.begin('spawn, step 1 of 2: creating Kubernetes objects');
    }
  }
}

/** What a spawn remembers while it waits for its pod. */
interface Wait {
  obstacle: Obstacle | null;
  /** What the pod has been read as because what was told of it had no proof. */
  read: PodObservation | null;
  /** Whether the request is of a release that checks addresses; those of earlier ones may replay without. */
  readonly isProofNeeded: boolean;
}

const NEW_WAIT: Wait = { obstacle: null, read: null, isProofNeeded: false };

/** Spawns, and adoptions, that began without this believe every address. */
const PROVEN_ADDRESSES = '2026-11-proven-addresses';

/** A pod that runs and has an address. */
type StartedPod = PodObservation & { readonly podIp: string };

function reachableAt(
  pod: StartedPod,
  environment: Readonly<Record<string, string>>,
): Pick<LabRecord, 'address' | 'internalUrl'> {
  const address = addressOf(pod);
  return { internalUrl: labUrl(pod.podIp, environment), ...(address && { address }) };
}

/**
 * Waits until the pod runs and gives its address. Reads it now and then in case the watcher is silent, and
 * before patience with an obstacle ends.
 *
 * @throws ApplicationFailure with the reason why the pod does not start.
 */
async function podStarted(lab: LabState, wait: Wait): Promise<StartedPod> {
  for (;;) {
    const nowMs = Date.now();
    const pod = judgedPod(lab);
    const verdict = pod && judgeStart(pod, { nowMs, earlier: wait.obstacle }, lab.timeouts);
    if (verdict?.kind === 'failed') throw labFailure(verdict.failure);
    if (lab.pod.isGone) throw labFailure((pod && disruptionOf(pod)) ?? VANISHED);
    if (pod && verdict?.kind === 'started') {
      if (await isBelieved(lab, wait, pod)) return { ...pod, podIp: verdict.podIp };
      await readInstead(lab, wait);
      continue;
    }
    if (verdict?.kind === 'waiting') meet(lab, wait, verdict.obstacle);
    const { news } = lab.pod;
    const untilMs = wait.obstacle?.untilMs ?? Number.POSITIVE_INFINITY;
    const checkMs = Math.min(lab.untilNextCheck(lab.timeouts.spawnCheckMs), untilMs - nowMs);
    const isTold = await condition(() => lab.pod.news > news, checkMs);
    if (!isTold) lab.pod.learnReadSince(news, await lab.activities.readPod(lab.target));
  }
}

/** Whether a pod's address may be published: it was read just now, or with a proof that a watcher has read it. */
async function isBelieved(lab: LabState, wait: Wait, pod: PodObservation): Promise<boolean> {
  if (pod === wait.read || !(wait.isProofNeeded || patched(PROVEN_ADDRESSES))) return true;
  const address = addressOf(pod);
  if (!address) return false;
  try {
    return await lab.activities.isAddressProven({ ...lab.place, address });
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}

/** Reads a pod that was told of without proof: a signal made by hand neither misleads a spawn nor ends it. */
async function readInstead(lab: LabState, wait: Wait): Promise<void> {
  const { news } = lab.pod;
  const pod = await lab.activities.readPod(lab.target);
  // What was told during the read may be newer than it, so that the running lab reads once more.
  if (lab.pod.news > news) lab.pod.isDoubted = true;
  lab.pod.latest = null;
  lab.pod.learnRead(pod);
  wait.read = lab.pod.latest;
}

const VANISHED: LabFailure = {
  reason: 'PodVanished',
  message: 'The lab pod was deleted while it was starting',
};

function meet(lab: LabState, wait: Wait, obstacle: Obstacle | null): void {
  if (obstacle) lab.tell(obstacle.failure.message);
  else if (wait.obstacle) lab.step.meet(lab.warning?.message ?? null);
  wait.obstacle = obstacle;
}

function outOfTime(lab: LabState, { obstacle }: Wait): LabFailure {
  const why = obstacle?.failure.message ?? lab.step.obstacle;
  const cutOff = `Lab spawn timed out after ${lab.timeouts.spawnMs / 1000}s while ${lab.step.doing}`;
  return { reason: 'SpawnTimeout', message: why ? `${cutOff}: ${why}` : cutOff };
}
