import { DomainError } from '../../domain/errors';
import type { PosixUser } from '../../domain/user';
import type { FileServers } from '../dependencies';
import { requirePosixIdentity } from './posix-identity';

/** The workflows of file servers, as the API calls them; failures are domain errors. */
export interface FileServerWorkflows {
  /**
   * Starts the user's file server, or joins its creation, or verifies that it is usable; returns once it is.
   *
   * @throws DomainError `file_server_create_failed` with the cause alone as message.
   */
  ensure(owner: PosixUser): Promise<void>;
  /** Usernames of running file servers, sorted. */
  running(): Promise<string[]>;
  /** What is known of a user's file server; undefined if nothing is. Needs no worker. */
  find(username: string): Promise<{ readonly phase: string } | undefined>;
  /** Ends it and returns once its objects are gone. @throws DomainError `file_server_delete_failed` with the cause. */
  delete(username: string, requester: string | null): Promise<'deleted' | 'not-running' | 'unknown'>;
}

export interface FileServerOptions {
  readonly workflows: FileServerWorkflows;
  /** The present settings that users are judged by. */
  readonly rules: () => {
    /** Smallest user or group ID that a file server may run under. */
    readonly minimumId: number;
    readonly creationTimeoutMs: number;
    readonly deleteTimeoutMs: number;
  };
}

/** File servers as workflows of type `fileserver`, one per user. */
export function createFileServers({ rules, workflows }: FileServerOptions): FileServers {
  const isRunning = async (username: string): Promise<boolean> =>
    (await workflows.find(username))?.phase === 'running';

  const ensure = async (owner: PosixUser): Promise<void> => {
    await workflows.ensure(owner).catch((error: unknown) => {
      throw creationError(error, rules().creationTimeoutMs);
    });
  };

  return {
    async open(user) {
      const owner = requirePosixIdentity(user, {
        action: 'start file servers',
        subject: 'file servers',
        minimumId: rules().minimumId,
      });
      if (!(await isRunning(owner.username))) await ensure(owner);
    },

    async verify(user) {
      const { uid, gid } = user;
      if (uid && gid && (await isRunning(user.username))) await ensure({ ...user, uid, gid });
    },

    list: () => workflows.running(),

    isRunning,

    async remove(username, requester) {
      const outcome = await workflows.delete(username, requester).catch((error: unknown) => {
        throw deletionError(error, rules().deleteTimeoutMs);
      });
      if (outcome === 'deleted') return;
      const message =
        outcome === 'unknown' ? `Unknown user ${username}` : `File server for ${username} not running`;
      throw new DomainError('unknown_user', message);
    },
  };
}

/** The failure of a creation for the caller; an outage of Temporal stays one. */
function creationError(error: unknown, limitMs: number): unknown {
  return told(error, 'file_server_create_failed', {
    start: 'Failed to create file server',
    lateness: `File server creation timed out after ${seconds(limitMs)}`,
  });
}

/** The same of a deletion. */
function deletionError(error: unknown, limitMs: number): unknown {
  return told(error, 'file_server_delete_failed', {
    start: 'Failed to delete file server',
    lateness: `File server deletion timed out after ${seconds(limitMs)}`,
  });
}

interface Wording {
  readonly start: string;
  /** The cause where Temporal's answer was too late. */
  readonly lateness: string;
}

function told(
  error: unknown,
  code: 'file_server_create_failed' | 'file_server_delete_failed',
  { lateness, start }: Wording,
): unknown {
  if (!(error instanceof DomainError)) return error;
  const isLate = error.code === 'workflow_timeout';
  if (error.code !== code && !isLate) return error;
  const cause = isLate ? lateness : error.message;
  return new DomainError(code, `${start}: ${cause}`, undefined, { cause: error });
}

const seconds = (milliseconds: number): number => Math.round(milliseconds / 1_000);
