import type { Client } from '@temporalio/client';
import type { LoadedDataConverter, Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import * as z from 'zod';
import type { LabActivities } from '../../activities/lab';
import { homeWarning } from '../../domain/home-space';
import type { PodEvent } from '../../domain/pod';
import { readPodObservation } from '../../domain/pod-change';
import {
  type LabStep,
  type ProgressEvent,
  ProgressProjection,
  type WorkflowHistoryStep,
} from '../../domain/progress';
import { decodePayload, followWorkflowHistory, type WorkflowRun } from '../../temporal/history';
import { podNews } from '../../workflows/lab/messages';
import { decodeLabRecord } from './memo';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type MarkerAttributes = temporal.api.history.v1.IMarkerRecordedEventAttributes;

/**
 * The activity that carries out each step of a lab in event streams. A renamed activity that is not renamed here does
 * not compile; histories with the old name need both.
 */
const ACTIVITY_OF: Readonly<Record<LabStep, keyof LabActivities>> = {
  createObjects: 'createLabObjects',
  deletePod: 'deletePod',
  deleteNamespace: 'deleteNamespace',
};

const STEP_OF: ReadonlyMap<string, LabStep> = new Map(
  Object.entries(ACTIVITY_OF).map(([step, activity]) => [activity, step as LabStep]),
);

/** A Kubernetes event in a `podNews` signal. Signals may be forged, or sent by newer watchers. */
const podEvent = z.object({
  podUid: z.string(),
  type: z.enum(['Normal', 'Warning']).catch('Normal'),
  reason: z.string(),
  message: z.string(),
  time: z.iso.datetime({ offset: true }),
}) satisfies z.ZodType<PodEvent>;

const podNewsLists = z.object({ changes: z.array(z.unknown()).catch([]), events: z.array(z.unknown()) });

const podChange = z.object({ pod: z.unknown() });

/** The warning about the home directory of a pod that starts; a refused one fails the spawn, which says so itself. */
function homeWarningOf(change: unknown, at: string): readonly PodEvent[] {
  const pod = readPodObservation(podChange.safeParse(change).data?.pod);
  return pod?.home && !pod.home.isRefused ? [homeWarning(pod.uid, pod.home, at)] : [];
}

/**
 * Decodes the events of one run's history that progress is computed from, in order. Unknown ones are left out: events
 * of other kinds, activities of newer versions, memos and signals that cannot be read.
 */
export class WorkflowHistoryDecoder {
  /** Steps by the ID of the event that scheduled their activity. */
  private readonly scheduled = new Map<string, LabStep>();

  constructor(private readonly converter: LoadedDataConverter) {}

  async decode(raw: readonly HistoryEvent[]): Promise<WorkflowHistoryStep[]> {
    const decoded = await Promise.all(raw.map((event) => this.decodeOne(event)));
    return decoded.flatMap((steps) => steps ?? []);
  }

  private async decodeOne(
    event: HistoryEvent,
  ): Promise<WorkflowHistoryStep | readonly WorkflowHistoryStep[] | null> {
    const at = instantOf(event);
    if (event.markerRecordedEventAttributes) return localStep(event.markerRecordedEventAttributes, at);
    const memo =
      event.workflowExecutionStartedEventAttributes?.memo ??
      event.workflowPropertiesModifiedEventAttributes?.upsertedMemo;
    if (memo?.fields?.lab) {
      const record = decodeLabRecord(await this.decodeValue(memo.fields.lab));
      return record && { kind: 'record', at, record };
    }
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal?.signalName === podNews.name) {
      const events = await this.decodePodEvents(signal.input?.payloads?.[0], at);
      return events.length > 0 ? { kind: 'podEvents', at, events } : null;
    }
    return this.decodeStep(event, at) ?? (isClosing(event) ? { kind: 'closed', at } : null);
  }

  private decodeStep(event: HistoryEvent, at: string): WorkflowHistoryStep | null {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const step = STEP_OF.get(scheduled.activityType?.name ?? '');
      if (step === undefined) return null;
      this.scheduled.set(String(event.eventId), step);
      return { kind: 'stepScheduled', at, step };
    }
    const completed = event.activityTaskCompletedEventAttributes;
    const step = completed && this.scheduled.get(String(completed.scheduledEventId));
    return step ? { kind: 'stepCompleted', at, step } : null;
  }

  private async decodePodEvents(payload: Payload | undefined, at: string): Promise<readonly PodEvent[]> {
    if (!payload) return [];
    try {
      const { changes, events } = podNewsLists.parse(await this.decodeValue(payload));
      const warnings = changes.flatMap((change) => homeWarningOf(change, at));
      return [...events.flatMap((event) => podEvent.safeParse(event).data ?? []), ...warnings];
    } catch {
      return [];
    }
  }

  private decodeValue(payload: Payload): Promise<unknown> {
    return decodePayload(this.converter, payload);
  }
}

/** The marker with which the SDK records a local activity. Its details of this name tell the activity's type. */
const LOCAL_ACTIVITY = { marker: 'core_local_activity', details: 'data' } as const;

const localActivity = z.object({ activity_type: z.string() });

/** A step that a local activity has completed: there is no event of its begin. */
function localStep(marker: MarkerAttributes, at: string): readonly WorkflowHistoryStep[] {
  if (marker.markerName !== LOCAL_ACTIVITY.marker || marker.failure) return [];
  const data = marker.details?.[LOCAL_ACTIVITY.details]?.payloads?.[0]?.data;
  const step = STEP_OF.get(activityTypeOf(data) ?? '');
  return step === undefined
    ? []
    : [
        { kind: 'stepScheduled', at, step },
        { kind: 'stepCompleted', at, step },
      ];
}

function activityTypeOf(data: Uint8Array | null | undefined): string | null {
  try {
    return localActivity.parse(JSON.parse(Buffer.from(data ?? []).toString('utf8'))).activity_type;
  } catch {
    return null;
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

/**
 * The progress of one workflow run, read once and shared by all its clients in this process. It only caches: another
 * replica computes the same events from the same history.
 */
export class RunFollower {
  /** The run that this one continues, and the operation that was under way at its start. */
  opening: { readonly previousRunId: string | null; readonly operationId: string | null } | null = null;
  private readonly events: ProgressEvent[] = [];
  private readonly operations = new Set<string>();
  private readonly projection = new ProgressProjection();
  private readonly controller = new AbortController();
  private isOver = false;
  private failure: unknown = null;
  private changed = Promise.withResolvers<void>();

  /** `pauseMs` is the time between two reads of new events. */
  constructor(client: Client, run: WorkflowRun, pauseMs: () => number) {
    void this.read(client, run, pauseMs);
  }

  /** Stops reading and ends the streams of all clients. */
  stop(): void {
    this.controller.abort();
  }

  /** Resolves once the first page of the history has been read. @throws the error of that read. */
  async opened(): Promise<void> {
    while (!this.opening && !this.isOver) await this.changed.promise;
    if (!this.opening && this.failure) throw this.failure;
  }

  /** Whether the operation has begun in this run, as far as it has been read. */
  knows(operationId: string): boolean {
    return this.operations.has(operationId);
  }

  /**
   * Yields an operation's events after a sequence number, then new ones, until the operation has ended,
   * another one has begun, or the run is closed.
   */
  async *follow(operationId: string, after: number, signal: AbortSignal): AsyncGenerator<ProgressEvent> {
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    for (let next = 0; !signal.aborted; ) {
      const event = this.events[next];
      if (event) {
        next += 1;
        if (event.operation.id === operationId && event.sequence > after) yield event;
      } else if (this.hasPassed(operationId)) {
        if (this.failure) throw this.failure;
        return;
      } else {
        await Promise.race([this.changed.promise, aborted]);
      }
    }
  }

  /** Whether an operation can have no more events. */
  private hasPassed(operationId: string): boolean {
    const isCurrent = this.projection.operation?.id === operationId;
    const hasEnded = isCurrent ? this.projection.isOperationEnded : this.knows(operationId);
    return this.isOver || hasEnded;
  }

  private async read(client: Client, run: WorkflowRun, pauseMs: () => number): Promise<void> {
    try {
      const decoder = new WorkflowHistoryDecoder(client.options.loadedDataConverter);
      const { signal } = this.controller;
      for await (const { events, previousRunId } of followWorkflowHistory(client, run, { pauseMs, signal })) {
        this.append(await decoder.decode(events), previousRunId);
      }
    } catch (error) {
      this.failure = error;
    }
    this.isOver = true;
    this.wake();
  }

  private append(steps: readonly WorkflowHistoryStep[], previousRunId: string | null): void {
    for (const event of steps) {
      this.events.push(...this.projection.push(event));
      const { operation } = this.projection;
      if (operation) this.operations.add(operation.id);
      this.opening ??= { previousRunId, operationId: operation?.id ?? null };
    }
    this.wake();
  }

  private wake(): void {
    this.changed.resolve();
    this.changed = Promise.withResolvers<void>();
  }
}
