import { condition, isCancellation, log } from '@temporalio/workflow';
import { type FileServerObservation, isServing } from '../../domain/file-server';
import {
  judgeRun,
  NOT_SERVING,
  obstacleOfRun,
  type RunEnd,
  UNREACHABLE,
} from '../../domain/file-server-verdict';
import { isRenewalDue, renewWhenIdle } from '../lifecycle/renewal';
import type { FileServer } from './file-server';
import type { Phase } from './machine';
import type { FileServerWorkflow } from './messages';

/**
 * Follows a running file server until it is ordered to end, ends by itself, or its objects vanish. News of its pod are
 * hints to read. At the first regular check without changes, and whenever the history has grown long, the workflow
 * continues as new.
 */
export async function runFileServer(server: FileServer): Promise<Phase> {
  server.step.begin(server.record.current.isAdopted ? 'running (adopted)' : 'running');
  const routing = new RoutingCheck(server);
  for (;;) {
    const { revision } = server.pod;
    const isNews = () => server.hasWork || server.pod.revision > revision || server.pod.needsRead;
    const isTold = await condition(isNews, routing.untilNextCheck);
    if (server.removalOrder.isPlaced) return 'remove';
    const observed = await check(server);
    if (server.removalOrder.isPlaced) return 'remove';
    const end = observed && (judgeRun(observed) ?? routing.judge(observed));
    if (end) return ended(server, end);
    if (!observed) {
      await condition(() => server.removalOrder.isPlaced, routing.delayMs);
      continue;
    }
    if (server.record.phase !== 'running') server.record.apply('running');
    // Callers that wait came back because nothing leads to the file server: the next read decides.
    if (!routing.isMissing) server.requests.completeWaiting();
    showObstacle(server, observed);
    const hasNews = () => server.hasWork || server.pod.needsRead;
    const mayRenew = !isTold && !server.isResumed;
    if (mayRenew || isRenewalDue()) {
      await renewWhenIdle<FileServerWorkflow>(hasNews, () => server.continuation());
    }
  }
}

/**
 * Notices that what makes the file server reachable is gone: two reads must agree, since others may replace it. An adopted
 * one has to be served when it is adopted, since no caller waits for that any more.
 */
class RoutingCheck {
  private isToBeServed: boolean;
  private wasMissing = false;

  constructor(private readonly server: FileServer) {
    this.isToBeServed = server.record.current.isAdopted && !server.isResumed;
  }

  /** Whether the latest read found nothing that leads to the file server. */
  get isMissing(): boolean {
    return this.wasMissing;
  }

  /** How long to wait for news before the objects are read. */
  get untilNextCheck(): number {
    return this.isMissing ? this.delayMs : this.server.timeouts.runCheckMs;
  }

  /** How long to wait before objects are read again that were missing, or could not be read. */
  get delayMs(): number {
    const { createCheckMs, runCheckMs } = this.server.timeouts;
    return Math.min(createCheckMs, runCheckMs);
  }

  judge(observed: FileServerObservation): RunEnd | null {
    const { ingress } = observed;
    if (this.isToBeServed && !isServing(observed)) return NOT_SERVING;
    this.isToBeServed = false;
    const { wasMissing } = this;
    this.wasMissing = ingress === null;
    return wasMissing && this.wasMissing ? UNREACHABLE : null;
  }
}

/** Records how the file server has ended, with or without a failure. */
function ended(server: FileServer, { ending, failure }: RunEnd): Phase {
  server.record.noteEnd(ending);
  if (failure) server.fail(failure);
  return 'remove';
}

/** Shows what keeps users from a file server that runs. It may pass, so it does not end the file server. */
function showObstacle(server: FileServer, observed: FileServerObservation): void {
  const obstacle = obstacleOfRun(observed, server.target.routing);
  if (obstacle !== server.step.obstacle) server.step.setObstacle(obstacle);
}

/** Reads the objects; null when that fails, which changes nothing. */
async function check(server: FileServer): Promise<FileServerObservation | null> {
  const { kubernetesRequestMs, kubernetesRetryMs } = server.timeouts;
  server.pod.beginRead();
  // The read has its own timeout; the step makes it interruptible by orders.
  const limitMs = 2 * kubernetesRequestMs + kubernetesRetryMs;
  try {
    return await server.interruptible.run(limitMs, () => server.activities.checkFileServer(server.target));
  } catch (error) {
    if (!isCancellation(error)) log.warn('the objects of a running file server cannot be read', { error });
    return null;
  }
}
