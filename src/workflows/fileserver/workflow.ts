import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import { startedWith } from '../lifecycle/arguments';
import { adoptedFileServer, freshFileServer, resumedFileServer } from './beginnings';
import { createFileServer } from './create';
import { FileServer } from './file-server';
import { receiveMessages } from './handlers';
import type { Phase } from './machine';
import type { FileServerWorkflowInput } from './messages';
import { readFileServerInput } from './readers';
import { removeFileServer } from './removal';
import { runFileServer } from './run';

/** Time for the request that a new workflow is started for; it mostly comes with the start. */
const FIRST_REQUEST_MS = 30_000;

/**
 * The workflow of one user's file server, from the first request until all its objects are removed. Its ID is made of
 * the username, which limits file servers to one per user; the API shows its memo.
 */
export const fileserver = startedWith('fileserver', readFileServerInput, async (input) => {
  const [server, first] = beginning(input);
  receiveMessages(server);
  let phase = first;
  await CancellationScope.nonCancellable(async () => {
    while (phase !== 'closed') phase = await live(server, phase);
  });
});

function beginning(input: FileServerWorkflowInput): [FileServer, Phase] {
  const { startTime } = workflowInfo();
  switch (input.kind) {
    case 'new':
      return [new FileServer(freshFileServer(input.username, startTime)), 'accept'];
    case 'adopt':
      return [new FileServer(adoptedFileServer(input, startTime)), 'run'];
    case 'resume':
      return [new FileServer(resumedFileServer(input.snapshot)), 'run'];
  }
}

function live(server: FileServer, phase: Exclude<Phase, 'closed'>): Promise<Phase> {
  switch (phase) {
    case 'accept':
      return acceptRequest(server);
    case 'create':
      return createFileServer(server);
    case 'run':
      return runFileServer(server);
    case 'remove':
      return removeFileServer(server);
  }
}

/** Waits for the first request. Without one, or with an order to end, nothing is left to be done. */
async function acceptRequest(server: FileServer): Promise<Phase> {
  server.step.begin('waiting for a request');
  await condition(() => server.hasWork, FIRST_REQUEST_MS);
  return server.requests.isCreationWaiting ? 'create' : 'remove';
}
