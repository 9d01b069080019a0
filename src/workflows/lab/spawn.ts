import { condition, isCancellation, patched } from '@temporalio/workflow';
import type { LabRecord } from '../../domain/lab';
import { addressOf, labUrl } from '../../domain/lab-address';
import type { LabFailure } from '../../domain/lab-end';
import type { PodObservation } from '../../domain/pod';
import { disruptionOf, judgeStart, type Obstacle } from '../../domain/pod-verdict';
import { CREATION, createObjects } from './creation';
import { labFailure, toLabFailure } from './failures';
import type { Lab, PhaseEnd } from './lab';
import { judgedPod } from './lab-pod';
import type { SpawnRequest } from './messages';
import { removePod } from './shutdown';

/**
 * Spawns the lab within one deadline: removes the rest of an old one, creates the objects, and waits until the pod
 * runs. Ends in `run`, in `shutdown` when interrupted, or in failure.
 */
export async function spawnLab(lab: Lab, request: SpawnRequest): Promise<PhaseEnd> {
  const { plan, operationId } = request;
  const isProofNeeded = plan.acceptedAt !== undefined;
  const wait = { ...NEW_WAIT, isProofNeeded, filesUrl: plan.filesUrl ?? null };
  return startLab(lab, plan.environment, wait, async () => {
    await lab.hubNotification.withdraw();
    await removeRemains(lab);
    lab.expectPod(operationId, plan.namespace);
    lab.step.begin(CREATION);
    lab.namespaceRemoval.expectRemains();
    const podUid = await createObjects(lab, request);
    if (podUid) lab.pod.follow(podUid);
    lab.step.begin('spawn, step 2 of 2: waiting for the pod to run', lab.startWarning.message);
  });
}

/**
 * Waits for an adopted lab's pod, which another process has created, with the timeout of a spawn. Ends as a spawn does.
 */
export async function monitorLab(lab: Lab, environment: Readonly<Record<string, string>>): Promise<PhaseEnd> {
  return startLab(lab, environment, { ...NEW_WAIT }, async () => {
    lab.step.begin('adopted while it was starting: waiting for the pod to run');
  });
}

/** Prepares a pod and waits until it runs, within the spawn deadline. */
async function startLab(
  lab: Lab,
  environment: Readonly<Record<string, string>>,
  wait: Wait,
  prepare: () => Promise<void>,
): Promise<PhaseEnd> {
  // A new workflow may get an order to end in its first task.
  const early = lab.orders.take();
  if (early) return early;
  try {
    const reachable = await lab.interruptible.run(lab.timeouts.spawnMs, async () => {
      await prepare();
      return reachableAt(await podStarted(lab, wait), environment);
    });
    const interruption = lab.orders.take();
    if (interruption) return interruption;
    lab.record.apply('started', reachable);
    return { event: 'started' };
  } catch (error) {
    const interruption = lab.orders.take();
    if (interruption) return interruption;
    return lab.fail(isCancellation(error) ? outOfTime(lab, wait) : toLabFailure(error));
  }
}

/** Removes an old lab's pod and waits until its namespace is gone, as far as these still exist. */
async function removeRemains(lab: Lab): Promise<void> {
  const { namespaceRemoval } = lab;
  if (!namespaceRemoval.hasRemains) return;
  lab.step.begin('spawn: removing what is left of the previous lab');
  if (!namespaceRemoval.isUnderway) {
    await removePod(lab);
    namespaceRemoval.start();
  }
  await namespaceRemoval.untilGone();
}

/** State of a spawn's wait for its pod. */
interface Wait {
  obstacle: Obstacle | null;
  /** The pod as it was read because a reported observation had no proof. */
  read: PodObservation | null;
  /**
   * Whether the request is of a release that verifies addresses; requests of earlier ones may replay without proofs.
   */
  readonly isProofNeeded: boolean;
  /** Page of the user's file server, for a message about a full home directory; null where there is none. */
  readonly filesUrl: string | null;
}

const NEW_WAIT: Wait = { obstacle: null, read: null, isProofNeeded: false, filesUrl: null };

/** Spawns and adoptions that began before this patch accept every address. */
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
 * Waits until the pod runs and returns it with its address. Reads it regularly in case the watcher misses a change, and
 * before patience with an obstacle ends.
 *
 * @throws ApplicationFailure with the reason why the pod does not start.
 */
async function podStarted(lab: Lab, wait: Wait): Promise<StartedPod> {
  for (;;) {
    const nowMs = Date.now();
    const pod = judgedPod(lab);
    const situation = { nowMs, earlier: wait.obstacle, filesUrl: wait.filesUrl };
    const verdict = pod && judgeStart(pod, situation, lab.timeouts);
    if (verdict?.kind === 'failed') throw labFailure(verdict.failure);
    if (lab.pod.isGone) throw labFailure((pod && disruptionOf(pod)) ?? VANISHED);
    if (pod && verdict?.kind === 'started') {
      if (await isAddressBelieved(lab, wait, pod)) return { ...pod, podIp: verdict.podIp };
      await readInstead(lab, wait);
      continue;
    }
    if (verdict?.kind === 'waiting') setObstacle(lab, wait, verdict.obstacle);
    const { revision } = lab.pod;
    const untilMs = wait.obstacle?.untilMs ?? Number.POSITIVE_INFINITY;
    const checkMs = Math.min(lab.untilNextCheck(lab.timeouts.spawnCheckMs), untilMs - nowMs);
    const isTold = await condition(() => lab.pod.revision > revision, checkMs);
    if (!isTold) lab.pod.observeReadSince(revision, await lab.activities.readPod(lab.target));
  }
}

/** Whether a pod's address may be published: it was read just now, or has a proof that a watcher has read it. */
async function isAddressBelieved(lab: Lab, wait: Wait, pod: PodObservation): Promise<boolean> {
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

/**
 * Reads a pod whose address was reported without proof, so that a signal made by hand neither misleads a spawn nor ends it:
 *
 * 1. a forged signal says that the pod runs, at another address and with a resource version far ahead;
 * 2. this reads the pod, and uses that whatever its resource version is;
 * 3. an observation of the watcher during the read may be newer, and is dropped: so the running lab reads once more.
 */
async function readInstead(lab: Lab, wait: Wait): Promise<void> {
  const { revision } = lab.pod;
  const pod = await lab.activities.readPod(lab.target);
  if (lab.pod.revision > revision) lab.pod.requestRead();
  lab.pod.observeReadInstead(pod);
  wait.read = lab.pod.latest;
}

const VANISHED: LabFailure = {
  reason: 'PodVanished',
  message: 'The lab pod was deleted while it was starting',
};

function setObstacle(lab: Lab, wait: Wait, obstacle: Obstacle | null): void {
  if (obstacle) lab.setObstacle(obstacle.failure.message);
  else if (wait.obstacle) lab.step.setObstacle(lab.startWarning.message);
  wait.obstacle = obstacle;
}

function outOfTime(lab: Lab, { obstacle }: Wait): LabFailure {
  const why = obstacle?.failure.message ?? lab.step.obstacle;
  const cutOff = `Lab spawn timed out after ${lab.timeouts.spawnMs / 1000}s while ${lab.step.description}`;
  return { reason: 'SpawnTimeout', message: why ? `${cutOff}: ${why}` : cutOff };
}
