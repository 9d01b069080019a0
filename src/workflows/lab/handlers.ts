import { condition, uuid4 } from '@temporalio/workflow';
import { judgeSpawn } from '../../domain/lab';
import { type Ending, stoppedBy, stoppedByOperator } from '../../domain/lab-end';
import { hasLabEnded } from '../../domain/pod';
import type { PodNews } from '../../domain/pod-change';
import { refusal } from '../lifecycle/failures';
import { handleBareSignal, handleCancellation, handleSignal, handleUpdate } from '../lifecycle/handlers';
import { readPodNews } from '../lifecycle/readers';
import type { Lab } from './lab';
import { judged } from './lab-pod';
import * as messages from './messages';
import { readForceShutdown, readShutdownRequest, readSpawnRequest } from './readers';

/**
 * Registers all message handlers. They refuse by state, record the order, and wait, also after the workflow was
 * cancelled; the phases do the work, so that it never interleaves.
 */
export function receiveMessages(lab: Lab): void {
  handleSignal(messages.podNews, readPodNews, (news) => observe(lab, news));
  handleBareSignal(messages.checkPod, () => lab.pod.requestRead());
  handleSignal(messages.forceShutdown, readForceShutdown, ({ reason }) => forceShutdown(lab, reason ?? null));
  handleUpdate(messages.spawn, {
    read: readSpawnRequest,
    refuse: () => refuseConflict(lab),
    handle: (request) => spawn(lab, request),
  });
  handleUpdate(messages.shutdown, {
    read: readShutdownRequest,
    refuse: () => refuseUnknown(lab),
    handle: (request) => shutdown(lab, request),
  });
  handleCancellation(() => {
    if (lab.record.status !== null) endLab(lab, uuid4(), stoppedByOperator(null));
  });
}

function observe(lab: Lab, { changes, events }: PodNews): void {
  for (const change of changes) lab.pod.observeChange(change);
  if (lab.record.status === 'pending') lab.startWarning.observe(events);
}

/**
 * Accepts a spawn. A lab that is recorded as running is read first:
 *
 * 1. the hub asks for a lab whose pod has just gone, before the watcher has reported that;
 * 2. the validator accepts the request, since it cannot read the pod, and this handler does;
 * 3. while it reads, another request for a spawn or an end may be accepted, or the running phase may find the pod gone;
 * 4. so the status is checked once more, and nothing is awaited between that and the order.
 */
async function spawn(lab: Lab, request: messages.SpawnRequest): Promise<void> {
  if (judgeSpawn(lab.record.status) === 'verify') {
    if (await isAlive(lab)) throw refusal('lab_exists', `Lab already exists for ${lab.username}`);
    refuseConflict(lab);
  }
  lab.orderSpawn(request);
}

/** Whether a lab that is recorded as running has its pod. When the pod cannot be read, the record counts. */
async function isAlive(lab: Lab): Promise<boolean> {
  try {
    const pod = await lab.activities.verifyPod(lab.target);
    lab.pod.observeRead(pod);
    const known = judged(pod);
    return known !== null && known.phase !== 'Unknown' && !hasLabEnded(known);
  } catch {
    return true;
  }
}

/** Ends the lab, and returns once its pod is gone. */
async function shutdown(lab: Lab, { operationId, requester }: messages.ShutdownRequest): Promise<void> {
  const order = endLab(lab, operationId, stoppedBy(requester ?? null));
  await condition(() => !order.isOpen);
  if (order.hasFailed) throw refusal('delete_failed', 'Failed to delete lab');
}

/** Orders the lab to end, or joins the shutdown in progress. */
function endLab(lab: Lab, operationId: string, ending: Ending) {
  return lab.shutdownInProgress ?? lab.orderShutdown(operationId, ending);
}

function forceShutdown(lab: Lab, reason: string | null): void {
  if (lab.record.status === null) return;
  endLab(lab, uuid4(), stoppedByOperator(reason));
  lab.dropGrace();
}

function refuseConflict(lab: Lab): void {
  if (judgeSpawn(lab.record.status) === 'conflict') {
    const message = `Conflicting operation for ${lab.username} already in progress`;
    throw refusal('operation_in_progress', message);
  }
}

function refuseUnknown(lab: Lab): void {
  if (lab.record.status === null) throw refusal('unknown_user', `Unknown user ${lab.username}`);
}
