import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { Client } from '@temporalio/client';
import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { LoadedDataConverter, Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';

/** One run of a workflow. */
export interface WorkflowRun {
  readonly workflowId: string;
  readonly runId: string;
}

/** The events of one page of a history, not decoded. */
export interface WorkflowHistoryPage {
  readonly events: readonly temporal.api.history.v1.IHistoryEvent[];
  /** The run that this one continues; only on the page with the first event. */
  readonly previousRunId: string | null;
}

/** Longer than the server holds an idle poll (20 s), shorter than proxies hold an idle connection. */
const LONG_POLL_DEADLINE_MS = 70_000;

/** Errors of a server that is restarting or overloaded, after which the read of an opened history is retried. */
const TRANSIENT = new Set([status.UNAVAILABLE, status.RESOURCE_EXHAUSTED, status.INTERNAL, status.ABORTED]);
const RETRY_DELAY_MS = 1_000;

interface FollowHistoryOptions {
  /** Ends the loop, without an error. */
  readonly signal: AbortSignal;
  /** Time to wait before a page is polled after another one, in milliseconds; what comes meanwhile is in one page. */
  readonly pauseMs: () => number;
}

/**
 * Follows the history of a workflow run from its first event until the run is closed, waiting for
 * what is yet to come. Needs no worker, and works for closed runs as long as they are retained.
 *
 * @throws WorkflowNotFoundError when Temporal does not, or no longer, have the run.
 */
export async function* followWorkflowHistory(
  client: Client,
  run: WorkflowRun,
  { pauseMs, signal }: FollowHistoryOptions,
): AsyncGenerator<WorkflowHistoryPage> {
  let nextPageToken: Uint8Array | undefined;
  for (;;) {
    const pause = nextPageToken ? pauseMs() : 0;
    if (pause > 0) await delay(pause, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const response = await pollHistory(client, run, nextPageToken, signal);
    if (!response) continue; // The poll timed out, or was aborted.
    const events = response.history?.events ?? [];
    const started = events[0]?.workflowExecutionStartedEventAttributes;
    yield { events, previousRunId: started?.continuedExecutionRunId || null };
    nextPageToken = response.nextPageToken?.length ? response.nextPageToken : undefined;
    if (!nextPageToken) return;
  }
}

async function pollHistory(
  client: Client,
  run: WorkflowRun,
  nextPageToken: Uint8Array | undefined,
  signal: AbortSignal,
) {
  // One AbortController for each call: the connection adds a listener per call and never removes it.
  const call = new AbortController();
  const abort = () => call.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await client.connection.withAbortSignal(call.signal, () =>
      client.connection.withDeadline(Date.now() + LONG_POLL_DEADLINE_MS, () =>
        client.workflowService.getWorkflowExecutionHistory({
          namespace: client.options.namespace,
          execution: run,
          waitNewEvent: true,
          nextPageToken,
        }),
      ),
    );
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    if (signal.aborted || error.code === status.DEADLINE_EXCEEDED) return null;
    if (nextPageToken && TRANSIENT.has(error.code)) {
      await delay(RETRY_DELAY_MS, undefined, { signal }).catch(() => undefined);
      return null;
    }
    if (error.code === status.NOT_FOUND) {
      throw new WorkflowNotFoundError('No such run', run.workflowId, run.runId);
    }
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Decodes one payload with the data converter, codecs included. */
export async function decodePayload(converter: LoadedDataConverter, payload: Payload): Promise<unknown> {
  let decoded = [payload];
  for (const codec of converter.payloadCodecs.toReversed()) decoded = await codec.decode(decoded);
  return decoded[0] ? converter.payloadConverter.fromPayload(decoded[0]) : undefined;
}
