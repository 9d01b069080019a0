import type { Client, WorkflowExecutionDescription, WorkflowStartOptions } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import {
  describeLatestRun,
  startUnlessOpen,
  type UpdateOutcome,
  type UpdateRequest,
  updateWorkflow,
} from '../../temporal/calls';
import { CALL_DEADLINE_MS, callTemporalUntil, callTemporalWithin } from './temporal-errors';

/** Time after which the timeout of a slow end is read; most ends are completed before. */
const LONG_END_MS = 10_000;

/** Time beyond the end itself for a worker to receive the update and to report its completion. */
const END_MARGIN_MS = 10_000;

type Memo = WorkflowExecutionDescription['memo'];

/** A kind of workflow with at most one open run per user. */
export interface WorkflowKind<Published> {
  readonly type: string;
  readonly idOf: (username: string) => string;
  /** Decodes the published memo of a workflow; null where this version cannot read it. */
  readonly decode: (memo: Memo) => Published | null;
  /** Timeout of the end of this workflow, in milliseconds; null where its memo has none. */
  readonly endTimeoutMsOf: (published: Published) => number | null;
}

/** The latest run of a user's workflow. */
export interface DescribedWorkflow<Published> {
  readonly run: WorkflowExecutionDescription;
  readonly published: Published | null;
}

/**
 * The workflows of one kind. All calls may also fail with DomainError `workflow_unavailable` or `workflow_timeout`, or
 * with any code that an update is refused with.
 */
export interface Workflows<Input, Published> {
  /** The latest run of a user's workflow, open or retained; null without one. Needs no worker. */
  describe(username: string): Promise<DescribedWorkflow<Published> | null>;
  /** Starts a workflow; false when one of its ID is open. Needs no worker. */
  start(options: WorkflowStartOptions<(input: Input) => Promise<void>>): Promise<boolean>;
  /** Sends an update to a user's open workflow and waits at most so many milliseconds until it is completed. */
  update<Arg>(
    username: string,
    update: UpdateDefinition<void, [Arg]>,
    request: UpdateRequest<Arg>,
    limitMs: number,
  ): Promise<UpdateOutcome>;
  /**
   * Sends the update that ends a user's workflow and waits until it is completed, at most for the timeout of that
   * workflow, or `otherwiseMs` where it has none. After that the end goes on.
   */
  end<Arg>(
    username: string,
    update: UpdateDefinition<void, [Arg]>,
    request: UpdateRequest<Arg>,
    otherwiseMs: () => number,
  ): Promise<UpdateOutcome>;
}

/** Starts, updates, ends and describes workflows of one kind through a Temporal client. */
export function createWorkflows<Input, Published>(
  client: Client,
  { decode, endTimeoutMsOf, idOf, type }: WorkflowKind<Published>,
): Workflows<Input, Published> {
  const describe: Workflows<Input, Published>['describe'] = (username) =>
    callTemporalWithin(client, CALL_DEADLINE_MS, async () => {
      const run = await describeLatestRun(client, idOf(username));
      return run && { run, published: decode(run.memo) };
    });

  const endTimeoutMs = async (username: string): Promise<number | null> => {
    // When this fails, the update may still be answered.
    const published = (await describe(username).catch(() => null))?.published;
    return published ? endTimeoutMsOf(published) : null;
  };

  return {
    describe,
    start: (options) =>
      callTemporalWithin(client, CALL_DEADLINE_MS, () => startUnlessOpen(client, type, options)),
    update: (username, update, request, limitMs) =>
      callTemporalWithin(client, limitMs, () => updateWorkflow(client, idOf(username), update, request)),
    end(username, update, request, otherwiseMs) {
      const limitMs = async () => ((await endTimeoutMs(username)) ?? otherwiseMs()) + END_MARGIN_MS;
      return callTemporalUntil(client, { askAfterMs: LONG_END_MS, limitMs }, () =>
        updateWorkflow(client, idOf(username), update, request),
      );
    },
  };
}
