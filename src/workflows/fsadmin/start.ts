import { log } from '@temporalio/workflow';
import {
  configuredPod,
  type FsadminObject,
  type FsadminObjectsFound,
  type FsadminPod,
  type FsadminStart,
  isRunning,
  phaseOf,
  type RunningFsadmin,
} from '../../domain/fsadmin';
import { refusal } from '../lifecycle/failures';
import { objectInTheWay } from './failures';
import type { Fsadmin } from './fsadmin';
import type { FsadminAnswer } from './messages';
import { clear, GRACE_MS, removeObject } from './removal';

/** How far a start has come, for the answer when its time is up. */
export interface StartProgress {
  isCreated: boolean;
}

/**
 * Starts the pod. One that runs is left as it is. Anything else that is there is removed first.
 *
 * @throws ApplicationFailure `invalid_phase` when the pod ends instead of running, `not_found` when it is deleted.
 */
export async function startPod(
  fsadmin: Fsadmin,
  request: FsadminStart,
  progress: StartProgress,
): Promise<FsadminAnswer> {
  fsadmin.step.begin('start: reading what is there');
  const found = await fsadmin.activities.readFsadmin();
  const present = configuredPod(found);
  if (present && isRunning(present)) return publishRunning(fsadmin, present);
  const { requester } = request;
  fsadmin.publish('pending', { requester });
  await clear(fsadmin, found, GRACE_MS, 'start');
  const { name, uid } = await create(fsadmin, request);
  progress.isCreated = true;
  fsadmin.step.begin('start: waiting for the pod to run');
  const pod = await fsadmin.showingObstacles((told) =>
    fsadmin.activities.awaitFsadminPod({ name, uid, told }),
  );
  if (pod && isRunning(pod)) {
    log.info('file system administration started', { pod: name, requester });
    return publishRunning(fsadmin, pod, requester);
  }
  publishUnusable(fsadmin, pod);
  throw unusable(found, pod);
}

/** Publishes the state of what was read, and answers for the pod. @throws ApplicationFailure `not_found` or `invalid_phase` */
export function answerFor(fsadmin: Fsadmin, found: FsadminObjectsFound): FsadminAnswer {
  const pod = configuredPod(found);
  publishFound(fsadmin, found);
  if (pod && isRunning(pod)) return { startTime: pod.startTime };
  throw unusable(found, pod);
}

/** Publishes the state of what was read. */
export function publishFound(fsadmin: Fsadmin, found: FsadminObjectsFound): void {
  const pod = configuredPod(found) ?? found.pods[0] ?? null;
  if (pod && isRunning(pod)) publishRunning(fsadmin, pod);
  else if (pod === null && found.claims.length === 0) fsadmin.publish('absent');
  else if (fsadmin.status !== 'failed') publishUnusable(fsadmin, pod);
}

function publishRunning(
  fsadmin: Fsadmin,
  { startTime }: RunningFsadmin,
  requester?: string | null,
): FsadminAnswer {
  fsadmin.publish('running', { startTime, ...(requester === undefined ? {} : { requester }) });
  return { startTime };
}

function publishUnusable(fsadmin: Fsadmin, pod: FsadminPod | null): void {
  const failure =
    pod === null
      ? { reason: 'PodVanished' as const, message: 'The pod was deleted; its claims may still be there' }
      : { reason: REASONS[pod.phase], message: `Pod ${pod.name} does not run: ${phaseOf(pod)}` };
  fsadmin.publish('failed', { failure });
}

const REASONS = {
  Pending: 'SpawnTimeout',
  Running: 'PodVanished',
  Succeeded: 'PodFinished',
  Failed: 'PodFailed',
  Unknown: 'NodeLost',
} as const;

/** What a caller gets about a pod that does not run. */
function unusable({ namespace, podName }: FsadminObjectsFound, pod: FsadminPod | null) {
  return pod === null
    ? refusal('not_found', `${namespace}/${podName}`)
    : refusal('invalid_phase', phaseOf(pod));
}

/** Creates claims and pod. Objects of another creation, which came late, are removed first. */
async function create(fsadmin: Fsadmin, request: FsadminStart): Promise<FsadminObject> {
  for (;;) {
    fsadmin.step.begin('start: creating claims and pod');
    try {
      return await fsadmin.showingObstacles((told) => fsadmin.activities.createFsadmin({ ...request, told }));
    } catch (error) {
      const object = objectInTheWay(error);
      if (!object) throw error;
      await removeObject(fsadmin, object, GRACE_MS);
    }
  }
}
