import type { Client } from '@temporalio/client';
import { DomainError } from '../../domain/errors';
import { labWorkflowId } from '../../domain/lab-key';
import { closingEvent, type ProgressEvent } from '../../domain/progress';
import type { PublishedLab } from '../../domain/published-lab';
import { describeLatestRun, inTime, isOpen, nullIfNotFound } from '../../temporal/calls';
import type { WorkflowRun } from '../../temporal/history';
import { decodeLab, unreadableLab } from './memo';
import { RunFollower } from './run-follower';

/** The last event that a client has received. */
interface Position {
  readonly operationId: string;
  readonly sequence: number;
}

interface FollowOptions {
  readonly lastEventId: Position | null;
  readonly signal: AbortSignal;
}

interface SharedFollower {
  readonly follower: RunFollower;
  viewers: number;
}

/**
 * Time between two reads of one history, per history beyond the first ones that is followed at the same time: a lab's
 * events come in pairs and triples, and in a burst each read delays the labs themselves.
 */
const PAUSE_PER_HISTORY_MS = 3;
const HISTORIES_WITHOUT_PAUSE = 10;
const MAX_PAUSE_MS = 300;

/** Maximum number of earlier runs that are searched for a lab's last operation. */
const MAX_RUNS_BACK = 20;

/**
 * Progress streams of labs, computed from their workflows' event histories. There is one follower per run in this
 * process, which is closed after its last client.
 */
export class ProgressSource {
  private readonly followers = new Map<string, SharedFollower>();

  constructor(
    private readonly client: Client,
    /** How long the operation of a lab that is gone can still be streamed. */
    private readonly retentionMs: number,
  ) {}

  /**
   * Follows the lab's current or last operation, or the one of `lastEventId` where that is still in the
   * same run, until its stream ends or the signal aborts.
   *
   * @throws DomainError `unknown_user` when there is neither a lab nor a retained operation, `workflow_unavailable` for
   *   one that this version cannot read.
   */
  async follow(
    username: string,
    { lastEventId, signal }: FollowOptions,
  ): Promise<AsyncIterable<ProgressEvent>> {
    const { run, record } = await this.describe(username);
    const current = record.operation.id;
    const located = await this.locate(run, current);
    if (!located) return closingEventOnly(record, lastEventId);
    const resumes = lastEventId !== null && located.follower.knows(lastEventId.operationId);
    const position = resumes ? lastEventId : { operationId: current, sequence: 0 };
    return this.stream(located, position, signal);
  }

  private async describe(username: string): Promise<{ run: WorkflowRun; record: PublishedLab }> {
    const workflowId = labWorkflowId(username);
    const description = await inTime(this.client, () => describeLatestRun(this.client, workflowId));
    const record = decodeLab(description?.memo);
    if (description && isOpen(description) && !record) throw unreadableLab(username);
    if (description && record) {
      const { closeTime, runId } = description;
      const isExpired = closeTime !== undefined && closeTime.getTime() < Date.now() - this.retentionMs;
      if (!isExpired) return { run: { workflowId, runId }, record };
    }
    throw new DomainError('unknown_user', `Unknown user ${username}`, ['path', 'username']);
  }

  /** Finds the run in which an operation began, from the current one backwards. */
  private async locate(run: WorkflowRun, operationId: string): Promise<Located | null> {
    let runId: string | null = run.runId;
    for (let back = 0; runId !== null && back < MAX_RUNS_BACK; back += 1) {
      const located = this.acquire({ ...run, runId });
      const opened = await nullIfNotFound(() => located.follower.opened()).catch((error: unknown) => {
        located.release();
        throw error;
      });
      if (opened === null) {
        located.release();
        return null;
      }
      const opening = located.follower.opening;
      const isContinued = opening?.previousRunId != null && opening.operationId === operationId;
      if (!isContinued) return located;
      runId = opening.previousRunId;
      located.release();
    }
    return null;
  }

  private acquire(run: WorkflowRun): Located {
    const key = `${run.workflowId}/${run.runId}`;
    const shared = this.followers.get(key) ?? { follower: this.read(run), viewers: 0 };
    this.followers.set(key, shared);
    shared.viewers += 1;
    const release = () => {
      shared.viewers -= 1;
      if (shared.viewers > 0) return;
      shared.follower.stop();
      this.followers.delete(key);
    };
    return { follower: shared.follower, release };
  }

  private read(run: WorkflowRun): RunFollower {
    return new RunFollower(this.client, run, () => pauseMs(this.followers.size));
  }

  private async *stream(located: Located, position: Position, signal: AbortSignal) {
    try {
      yield* located.follower.follow(position.operationId, position.sequence, signal);
    } finally {
      located.release();
    }
  }
}

/** Time between two reads of a history, in milliseconds, while so many are followed. */
export function pauseMs(histories: number): number {
  const more = Math.max(0, histories - HISTORIES_WITHOUT_PAUSE);
  return Math.min(more * PAUSE_PER_HISTORY_MS, MAX_PAUSE_MS);
}

interface Located {
  readonly follower: RunFollower;
  readonly release: () => void;
}

/** The stream of an operation whose history is no longer retained: only the final event, by its status. */
async function* closingEventOnly(
  record: PublishedLab,
  lastEventId: Position | null,
): AsyncGenerator<ProgressEvent> {
  const event = closingEvent(record, record.since);
  if (event && lastEventId?.operationId !== record.operation.id) yield event;
}
