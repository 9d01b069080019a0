import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { Client } from '@temporalio/client';
import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { LoadedDataConverter, Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import * as z from 'zod';
import type { LabRecord } from '../domain/lab';
import type { PodEvent } from '../domain/pod';
import type { LabHistoryEvent } from '../domain/progress';
import { decodePayload } from './payloads';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** One run of a workflow. */
export interface WorkflowRun {
  readonly workflowId: string;
  readonly runId: string;
}

/** What a history can say before it has to be waited for. */
export interface HistoryBatch {
  readonly events: readonly LabHistoryEvent[];
  /** The run that this one continues, told with its first event. */
  readonly previousRunId: string | null;
}

/** Longer than the server holds an idle poll (20 s), shorter than proxies hold an idle connection. */
const LONG_POLL_DEADLINE_MS = 70_000;

/** Answers of a server that is restarting or overloaded; a stream that has begun outlives them. */
const PASSING = new Set([status.UNAVAILABLE, status.RESOURCE_EXHAUSTED, status.INTERNAL, status.ABORTED]);
const RETRY_DELAY_MS = 1_000;

/** Of a `podNews` signal, what viewers are told. Anybody may send one by hand, so nothing of it is believed. */
const podNewsEvents: z.ZodType<{ events: PodEvent[] }> = z.object({
  events: z.array(
    z.object({
      podUid: z.string(),
      type: z.enum(['Normal', 'Warning']),
      reason: z.string(),
      message: z.string(),
      time: z.iso.datetime({ offset: true }),
    }),
  ),
});

/**
 * Follows the history of a lab's workflow run from its first event until the run is closed, waiting for
 * what is yet to come. Needs no worker, and works for closed runs as long as they are retained.
 *
 * @throws WorkflowNotFoundError when the run is not, or no longer, known.
 */
export async function* followHistory(
  client: Client,
  run: WorkflowRun,
  signal: AbortSignal,
): AsyncGenerator<HistoryBatch> {
  const decoder = new HistoryDecoder(client.options.loadedDataConverter);
  let nextPageToken: Uint8Array | undefined;
  do {
    const response = await pollHistory(client, run, nextPageToken, signal);
    if (!response) continue; // Nothing came in time, or nobody listens any more.
    const raw = response.history?.events ?? [];
    const started = raw[0]?.workflowExecutionStartedEventAttributes;
    const events = await decoder.decode(raw);
    if (events.length > 0 || started) {
      yield { events, previousRunId: started?.continuedExecutionRunId || null };
    }
    nextPageToken = response.nextPageToken?.length ? response.nextPageToken : undefined;
    if (!nextPageToken) return;
  } while (!signal.aborted);
}

async function pollHistory(
  client: Client,
  run: WorkflowRun,
  nextPageToken: Uint8Array | undefined,
  signal: AbortSignal,
) {
  // A controller of its own for each call: the connection adds a listener per call and never removes it.
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
    if (nextPageToken && PASSING.has(error.code)) {
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

/** Turns raw history events into those that matter to someone watching. */
class HistoryDecoder {
  private readonly activities = new Map<string, string>();

  constructor(private readonly converter: LoadedDataConverter) {}

  async decode(raw: readonly HistoryEvent[]): Promise<LabHistoryEvent[]> {
    const decoded = await Promise.all(raw.map((event) => this.decodeOne(event)));
    return decoded.filter((event) => event !== null);
  }

  private async decodeOne(event: HistoryEvent): Promise<LabHistoryEvent | null> {
    const at = instantOf(event);
    const memo =
      event.workflowExecutionStartedEventAttributes?.memo ??
      event.workflowPropertiesModifiedEventAttributes?.upsertedMemo;
    if (memo?.fields?.lab) {
      return { kind: 'record', at, record: (await this.decodeValue(memo.fields.lab)) as LabRecord };
    }
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal?.signalName === 'podNews') {
      const events = await this.decodePodEvents(signal.input?.payloads?.[0]);
      return events.length > 0 ? { kind: 'podEvents', at, events } : null;
    }
    return this.activityEvent(event, at) ?? (isClosing(event) ? { kind: 'closed', at } : null);
  }

  private activityEvent(event: HistoryEvent, at: string): LabHistoryEvent | null {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const activity = scheduled.activityType?.name ?? '';
      this.activities.set(String(event.eventId), activity);
      return { kind: 'activityScheduled', at, activity };
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (!completed) return null;
    const activity = this.activities.get(String(completed.scheduledEventId)) ?? '';
    return { kind: 'activityCompleted', at, activity };
  }

  /** The events of a `podNews` signal; none when it is not one that a watcher sends. */
  private async decodePodEvents(payload: Payload | undefined): Promise<readonly PodEvent[]> {
    if (!payload) return [];
    try {
      return podNewsEvents.parse(await this.decodeValue(payload)).events;
    } catch {
      return [];
    }
  }

  private decodeValue(payload: Payload): Promise<unknown> {
    return decodePayload(this.converter, payload);
  }
}

function instantOf(event: HistoryEvent): string {
  const seconds = Number(event.eventTime?.seconds ?? 0);
  const milliseconds = Math.floor((event.eventTime?.nanos ?? 0) / 1e6);
  return new Date(seconds * 1000 + milliseconds).toISOString();
}

function isClosing(event: HistoryEvent): boolean {
  return Boolean(
    event.workflowExecutionCompletedEventAttributes ??
      event.workflowExecutionFailedEventAttributes ??
      event.workflowExecutionTerminatedEventAttributes ??
      event.workflowExecutionCanceledEventAttributes ??
      event.workflowExecutionTimedOutEventAttributes ??
      event.workflowExecutionContinuedAsNewEventAttributes,
  );
}
