import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { DomainError } from '../../domain/errors';
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

/** Pause before a call is repeated. */
const REPEAT_MS = 500;

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
  /**
   * Makes a call for as long as it may take. A server that is overloaded gives updates up before that; what they have
   * ordered goes on, and is joined by the same call again.
   */
  const withinLimit = async <Result>(
    limitMs: number,
    call: (isRepeated: boolean) => Promise<Result>,
  ): Promise<Result> => {
    const endMs = performance.now() + limitMs;
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        return await callTemporalWithin(client, endMs - performance.now(), () => call(isRepeated));
      } catch (error) {
        const isLate = error instanceof DomainError && error.code === 'workflow_timeout';
        if (!isLate || performance.now() + REPEAT_MS >= endMs) throw error;
        await delay(REPEAT_MS);
      }
    }
  };

  return {
    ensure(owner) {
      const request = plan(owner);
      return withinLimit(ensureLimitMs(request.timeouts), () => servers.ensure(request));
    },
    running: () => callTemporalWithin(client, CALL_DEADLINE_MS, () => servers.running()),
    find: (username) => callTemporalWithin(client, CALL_DEADLINE_MS, () => servers.find(username)),
    delete: (username, requester) =>
      withinLimit(deleteLimitMs(timeouts()), async (isRepeated) => {
        const outcome = await servers.delete(username, requester);
        // By then the earlier call may have been carried out.
        return isRepeated && outcome === 'not-running' ? 'deleted' : outcome;
      }),
  };
}
