import { condition } from '@temporalio/workflow';
import { type Ending, stoppedBy, stoppedByOperator } from '../../domain/lab-end';
import type { PodNews } from '../../domain/pod-change';
import { refusal } from '../lifecycle/failures';
import { handleBareSignal, handleCancellation, handleSignal, handleUpdate } from '../lifecycle/handlers';
import { readPodNews } from '../lifecycle/readers';
import { creationTimeout } from './failures';
import type { FileServer } from './file-server';
import * as messages from './messages';
import { readEnsureRequest, readForceShutdown, readShutdownRequest } from './readers';
import type { Creation } from './requests';

/**
 * Registers all message handlers. They record the order and wait, also after the workflow was cancelled; the phases do
 * the work, so that it never interleaves.
 */
export function receiveMessages(server: FileServer): void {
  handleSignal(messages.podNews, readPodNews, (news) => observe(server, news));
  handleBareSignal(messages.checkFileServer, () => server.pod.requestRead());
  handleSignal(messages.forceShutdown, readForceShutdown, ({ reason }) =>
    forceShutdown(server, reason ?? null),
  );
  handleUpdate(messages.ensure, {
    read: readEnsureRequest,
    refuse: ({ plan }) => refuseOthers(server, plan.user.username),
    handle: (request) => ensure(server, request),
  });
  handleUpdate(messages.shutdown, {
    read: readShutdownRequest,
    refuse: () => refuseGone(server),
    handle: ({ requester }) => shutDown(server, stoppedBy(requester)),
  });
  handleCancellation(() => {
    if (!server.isGone) server.orderShutdown(stoppedByOperator(null));
  });
}

function observe(server: FileServer, { changes, events }: PodNews): void {
  for (const change of changes) server.pod.observeChange(change);
  if (server.record.phase !== 'starting') return;
  server.warning.observe(events);
  const { message } = server.warning;
  if (message !== null) server.setObstacle(message);
}

/**
 * Returns once the file server is usable: the present one, if it runs, or a new one. A running one is read first:
 *
 * 1. a user asks for a file server whose pod has just gone, before the watcher has reported that;
 * 2. while this reads, another request may be accepted, or the running phase may find the pod gone;
 * 3. so the state is looked at once more, and nothing is awaited between that and the order.
 */
async function ensure(server: FileServer, request: messages.EnsureRequest): Promise<void> {
  while (server.requests.creationToJoin === null && server.record.phase === 'running') {
    const { operationId } = server.record.current;
    if (await isUp(server)) return;
    const isSame = server.record.phase === 'running' && server.record.current.operationId === operationId;
    if (isSame && server.requests.creationToJoin === null) break;
  }
  const creation = server.requests.creationToJoin ?? server.orderCreation(request);
  await settled(server, creation);
  if (creation.failure) throw refusal('file_server_create_failed', creation.failure.message);
}

/** Waits for a creation. One that does not begin in time, because the former file server is still there, fails. */
async function settled(server: FileServer, creation: Creation): Promise<void> {
  if (!(await condition(() => !server.requests.isWaiting(creation), creation.remainingMs))) {
    const { timeouts } = creation.request;
    server.requests.giveUp(creation, creationTimeout(timeouts, server.step.obstacle));
  }
  await condition(() => !creation.isOpen);
}

/** Whether a file server that is recorded as running is up. When it cannot be read, the record counts. */
async function isUp(server: FileServer): Promise<boolean> {
  try {
    return await server.activities.isFileServerUp(server.target);
  } catch {
    return true;
  }
}

/** Ends the file server, and returns once its objects are gone. */
async function shutDown(server: FileServer, ending: Ending): Promise<void> {
  const shutdown = server.orderShutdown(ending);
  await condition(() => !shutdown.isOpen);
  if (shutdown.failure) throw refusal('file_server_delete_failed', shutdown.failure.message);
}

function forceShutdown(server: FileServer, reason: string | null): void {
  if (server.isGone) return;
  server.orderShutdown(stoppedByOperator(reason));
  server.dropGrace();
}

function refuseOthers(server: FileServer, username: string): void {
  if (username === server.username) return;
  throw refusal('file_server_create_failed', `This is the file server of ${server.username}`);
}

function refuseGone(server: FileServer): void {
  if (server.isGone) throw refusal('unknown_user', `File server for ${server.username} not running`);
}
