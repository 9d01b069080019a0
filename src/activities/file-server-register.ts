import type { Client } from '@temporalio/client';
import type { FileServerAdoption, FileServerTimeouts } from '../domain/file-server';
import { fileServerWorkflowId } from '../domain/file-server-key';
import type { FileServerWorkflow } from '../domain/file-server-reconciliation';
import { describeLatestRun, inTime, isOpen } from '../temporal/calls';
import { adoptFileServer, checkSoon, openFileServers } from '../workflow-clients/file-server';
import { decodeFileServer } from '../workflow-clients/file-server-memo';

/** The file servers' workflows, for reconciliation: listed, read and started. */
export interface FileServerRegister {
  /** All open ones, from visibility, which lags by some seconds. */
  list(): Promise<FileServerWorkflow[]>;
  /** Whether a user's workflow is open, strongly consistent. */
  isOpen(username: string): Promise<boolean>;
  /** Starts a workflow for the objects that exist of a file server, complete or not; false when there is one by now. */
  adopt(adoption: FileServerAdoption, timeouts: FileServerTimeouts): Promise<boolean>;
  /** Has a file server read its objects; false when it is not, or no longer, running. */
  verify(username: string): Promise<boolean>;
}

/** Reaches the workflows through a Temporal client. */
export function fileServerRegister(client: Client): FileServerRegister {
  const openRun = async (username: string) => {
    const description = await inTime(client, () => describeLatestRun(client, fileServerWorkflowId(username)));
    return description && isOpen(description) ? description : null;
  };

  return {
    async list() {
      const open: FileServerWorkflow[] = [];
      for await (const { memo } of openFileServers(client)) {
        const record = decodeFileServer(memo);
        if (!record) continue;
        const { phase, since, username } = record;
        open.push({ username, isRunning: phase === 'running', ageMs: Date.now() - Date.parse(since) });
      }
      return open;
    },
    isOpen: async (username) => (await openRun(username)) !== null,
    adopt: (adoption, timeouts) => inTime(client, () => adoptFileServer(client, adoption, timeouts)),
    async verify(username) {
      const run = await openRun(username);
      if (!run || decodeFileServer(run.memo)?.phase !== 'running') return false;
      await checkSoon(client, username);
      return true;
    },
  };
}
