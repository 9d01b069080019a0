import {
  ApplicationFailure,
  CancellationScope,
  condition,
  log,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import type { ErrorCode } from '../../domain/errors';
import { obstacleAfter } from '../../domain/event-obstacle';
import { judgeSpawn } from '../../domain/lab';
import { type Ending, stoppedBy, stoppedByOperator } from '../../domain/lab-end';
import { hasLabEnded } from '../../domain/pod';
import { judged } from './judged-pod';
import * as messages from './messages';
import type { LabState } from './state';

const nonCancellable = <T>(handle: () => Promise<T>) => CancellationScope.nonCancellable(handle);

/**
 * Registers all message handlers. They refuse by state, record what is wanted, and wait, also after the
 * workflow was cancelled; the phases do the work, so that it never interleaves.
 */
export function receiveMessages(lab: LabState): void {
  setHandler(messages.podNews, (news) => takeNews(lab, news));
  setHandler(messages.checkPod, () => {
    lab.pod.isDoubted = true;
  });
  setHandler(messages.forceShutdown, (order) => forceShutdown(lab, order));
  setHandler(messages.spawn, (request) => nonCancellable(() => spawn(lab, request)), {
    validator: (_request: messages.SpawnRequest) => refuseConflict(lab),
  });
  setHandler(messages.shutdown, (request) => nonCancellable(() => shutdown(lab, request)), {
    validator: (_request: messages.ShutdownRequest) => refuseUnknown(lab),
  });
  // A cancellation, say from the Web UI, is an order to end the lab.
  CancellationScope.current().cancelRequested.catch(() => {
    if (lab.record.status !== null) endLab(lab, uuid4(), stoppedByOperator(null));
  });
}

function takeNews(lab: LabState, news: messages.PodNews): void {
  try {
    for (const change of news.changes) lab.pod.learn(change);
    if (lab.record.status === 'pending') takeEvents(lab, news);
  } catch (error) {
    // One made by hand may hold anything, and a handler that throws stops the whole workflow.
    log.warn('news of the pod could not be read', { error });
  }
}

/** Keeps the last warning about the starting pod until an event says that it is past. */
function takeEvents(lab: LabState, { events }: messages.PodNews): void {
  const before = lab.warning;
  lab.warning = events.reduce(obstacleAfter, before);
  const isShown = before !== null && lab.step.obstacle === before.message;
  if (lab.warning !== before && (lab.warning || isShown)) lab.step.meet(lab.warning?.message ?? null);
}

async function spawn(lab: LabState, request: messages.SpawnRequest): Promise<void> {
  if (judgeSpawn(lab.record.status) === 'verify') {
    if (await isAlive(lab)) throw refusal('lab_exists', `Lab already exists for ${lab.username}`);
    refuseConflict(lab);
  }
  lab.orderSpawn(request);
}

/** Whether a lab that is recorded as running has its pod. When that cannot be told, the record counts. */
async function isAlive(lab: LabState): Promise<boolean> {
  try {
    const pod = await lab.activities.verifyPod(lab.target);
    lab.pod.learnRead(pod);
    const known = judged(pod);
    return known !== null && known.phase !== 'Unknown' && !hasLabEnded(known);
  } catch {
    return true;
  }
}

async function shutdown(lab: LabState, { operationId, requester }: messages.ShutdownRequest): Promise<void> {
  const outcome = endLab(lab, operationId, stoppedBy(requester ?? null));
  await condition(() => outcome.result !== 'open');
  if (outcome.result === 'failed') throw refusal('delete_failed', 'Failed to delete lab');
}

/** Orders the lab to end, or joins the shutdown in progress. */
function endLab(lab: LabState, operationId: string, ending: Ending) {
  return lab.shutdownInProgress ?? lab.orderShutdown(operationId, ending);
}

function forceShutdown(lab: LabState, order: messages.ForceShutdownRequest | undefined): void {
  if (lab.record.status === null) return;
  // Made by hand, so it may hold anything.
  const reason: unknown = order?.reason;
  endLab(lab, uuid4(), stoppedByOperator(typeof reason === 'string' ? reason : null));
  lab.force();
}

function refuseConflict(lab: LabState): void {
  if (judgeSpawn(lab.record.status) === 'conflict') {
    const message = `Conflicting operation for ${lab.username} already in progress`;
    throw refusal('operation_in_progress', message);
  }
}

function refuseUnknown(lab: LabState): void {
  if (lab.record.status === null) throw refusal('unknown_user', `Unknown user ${lab.username}`);
}

function refusal(code: ErrorCode, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: code, message, nonRetryable: true });
}
