import type { Client } from '@temporalio/client';
import type { FileServerTimeouts } from '../../domain/file-server';
import type { PosixUser } from '../../domain/user';
import {
  createFileServers,
  deleteLimitMs,
  ensureLimitMs,
  type FileServers,
} from '../../workflow-clients/file-server';
import type { EnsureRequest } from '../../workflows/fileserver/messages';
import type { FileServerWorkflows } from './file-servers';
import { CALL_DEADLINE_MS, callTemporalWithin } from './temporal-errors';

export interface FileServerWorkflowOptions {
  readonly client: Client;
  /** Plans the file server of a user who may have one. */
  readonly plan: (owner: PosixUser) => EnsureRequest;
  /** The timeouts of file servers that are accepted now. */
  readonly timeouts: () => Pick<FileServerTimeouts, 'deleteMs'>;
  readonly servers?: FileServers;
}

/** The workflows of file servers through a Temporal client, with a limit for each call. */
export function createFileServerWorkflows({
  client,
  plan,
  timeouts,
  servers = createFileServers(client),
}: FileServerWorkflowOptions): FileServerWorkflows {
  return {
    ensure(owner) {
      const request = plan(owner);
      return callTemporalWithin(client, ensureLimitMs(request.timeouts), () => servers.ensure(request));
    },
    running: () => callTemporalWithin(client, CALL_DEADLINE_MS, () => servers.running()),
    find: (username) => callTemporalWithin(client, CALL_DEADLINE_MS, () => servers.find(username)),
    delete: (username, requester) =>
      callTemporalWithin(client, deleteLimitMs(timeouts()), () => servers.delete(username, requester)),
  };
}
