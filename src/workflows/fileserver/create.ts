import { condition, isCancellation } from '@temporalio/workflow';
import type { FileServerObservation } from '../../domain/file-server';
import { judgeCreation } from '../../domain/file-server-verdict';
import { obstacleOf } from '../lifecycle/failures';
import {
  creationTimeout,
  fileServerFailure,
  objectInTheWayOf,
  presentOf,
  toFileServerFailure,
} from './failures';
import type { FileServer } from './file-server';
import type { Phase } from './machine';
import type { EnsureRequest } from './messages';

/** First and longest interval of reads while the pod runs and only the Ingress is waited for, in milliseconds. */
const FIRST_POLL_MS = 250;
const LONGEST_POLL_MS = 2_000;
const POLL_GROWTH = 1.5;

/**
 * Creates the file server within one deadline: its objects, then waits until its pod runs and requests arrive. Ends in
 * `run`, or in `remove` when interrupted or failed.
 */
export async function createFileServer(server: FileServer): Promise<Phase> {
  const creation = server.beginCreation();
  if (!creation) return 'closed';
  const { request } = creation;
  try {
    await server.interruptible.run(creation.remainingMs, async () => {
      const { revision } = server.pod;
      server.step.begin('creation, step 1 of 2: creating Kubernetes objects');
      // One that serves already needs nothing more.
      if (!(await createObjects(server, request))) return;
      server.step.begin(
        'creation, step 2 of 2: waiting for the pod and for the way to it',
        server.warning.message,
      );
      await untilUsable(server, revision);
    });
    if (!server.removalOrder.isPlaced) {
      server.completeCreation();
      return 'run';
    }
  } catch (error) {
    if (!server.removalOrder.isPlaced) {
      const failure = isCancellation(error)
        ? creationTimeout(request.timeouts, server.step.obstacle)
        : toFileServerFailure(error);
      server.failCreation(creation, failure);
    }
  }
  return 'remove';
}

/**
 * Creates the objects, and shows obstacles. Objects that are left of another creation are removed first, unless they are
 * a file server that serves. Returns whether there is a new one:
 *
 * 1. Temporal's data is lost, and with it the workflow of a file server that is in use;
 * 2. before reconciliation finds it, its user asks for one;
 * 3. it is adopted, since a new one would end what the user is doing with it.
 */
async function createObjects(server: FileServer, request: EnsureRequest): Promise<boolean> {
  const { namespace, username } = server.target;
  for (let told: string | null = null; ; ) {
    try {
      server.expectRemains(true);
      server.follow(await server.activities.createFileServer({ ...request, told }));
      return true;
    } catch (error) {
      const present = presentOf(error);
      if (present) {
        server.adopt(present);
        return false;
      }
      const inTheWay = objectInTheWayOf(error);
      const message = inTheWay?.message ?? obstacleOf(error)?.message;
      if (message === undefined) {
        // A refused request has created nothing, and its names are not to be trusted.
        if (toFileServerFailure(error).reason === 'PlanRefused') server.expectRemains(false);
        throw error;
      }
      server.setObstacle(message);
      told = message;
      if (inTheWay) await server.activities.removeObject({ username, namespace, ...inTheWay });
    }
  }
}

/**
 * Waits until a read shows that the file server is usable. News of the pod are hints to read; it is also read regularly
 * in case the watcher misses a change.
 *
 * @throws ApplicationFailure with the reason why it will not be.
 */
async function untilUsable(server: FileServer, sinceRevision: number): Promise<void> {
  const { timeouts } = server;
  let revision = sinceRevision;
  let checkMs = timeouts.createCheckMs;
  let pollMs = FIRST_POLL_MS;
  for (;;) {
    const known = revision;
    await condition(
      () => server.pod.revision > known || server.pod.needsRead,
      server.untilNextCheck(checkMs),
    );
    revision = server.pod.revision;
    const observed = await read(server);
    const verdict = judgeCreation(observed, server.target.routing);
    if (verdict.kind === 'usable') return;
    if (verdict.kind === 'failed') throw fileServerFailure(verdict.failure);
    const isOnlyUnserved = observed.pod?.phase === 'Running';
    showObstacle(server, isOnlyUnserved, verdict.obstacle);
    checkMs = isOnlyUnserved ? pollMs : timeouts.createCheckMs;
    if (isOnlyUnserved) pollMs = Math.min(pollMs * POLL_GROWTH, LONGEST_POLL_MS);
  }
}

/** Reads the objects; the pod, once seen, also becomes the latest observation. */
async function read(server: FileServer): Promise<FileServerObservation> {
  server.pod.beginRead();
  return server.activities.readFileServer(server.target);
}

/** Shows what the creation waits for: a warning of the cluster explains more than the state of the pod. */
function showObstacle(server: FileServer, isRunning: boolean, obstacle: string | null): void {
  const message = (isRunning ? null : server.warning.message) ?? obstacle;
  if (message !== null) server.setObstacle(message);
}
