import type { Operation, OperationKind } from './lab';
import type { PodEvent } from './pod';
import type { PublishedLab } from './published-lab';

/** The steps of an operation that viewers are shown; each is carried out by one activity. */
export type LabStep = 'createObjects' | 'deletePod' | 'deleteNamespace';

/** An event of a lab's workflow history that progress is made of; `at` is an RFC 3339 instant. */
export type WorkflowHistoryStep =
  | { readonly kind: 'record'; readonly at: string; readonly record: PublishedLab }
  | { readonly kind: 'stepScheduled' | 'stepCompleted'; readonly at: string; readonly step: LabStep }
  | { readonly kind: 'podEvents'; readonly at: string; readonly events: readonly PodEvent[] }
  | { readonly kind: 'closed'; readonly at: string };

/** One event of an operation's progress stream. */
export interface ProgressEvent {
  readonly operation: Operation;
  /** 1-based position in the operation. */
  readonly sequence: number;
  readonly type: 'info' | 'error' | 'complete' | 'failed';
  readonly message: string;
  /** Percentage; null on `error` and `failed`. */
  readonly progress: number | null;
  /** RFC 3339 UTC with milliseconds. */
  readonly timestamp: string;
  readonly severity: 'info' | 'warning' | 'error';
  /** The Kubernetes event's reason, where there is one. */
  readonly reason: string | null;
}

/** The last percentage the controller gives; the rest is the hub waiting for the lab to answer. */
const SPAWN_COMPLETE = 75;
const FIRST_POD_EVENT = 35;

/** What each step of the deletion means in percent, by the operation it is part of. */
const DELETION: Readonly<Record<OperationKind, { pod: number; namespace: number; done: number }>> = {
  spawn: { pod: 5, namespace: 12, done: 20 },
  delete: { pod: 25, namespace: 62, done: 100 },
};

type Draft = Pick<ProgressEvent, 'type' | 'message' | 'progress'> &
  Partial<Pick<ProgressEvent, 'severity' | 'reason'>>;

/**
 * Folds a lab's history into the progress streams of its operations. Pure in the sequence of `push`
 * calls: every viewer of a history computes the same events, numbers and percentages.
 */
export class ProgressProjection {
  private record: PublishedLab | null = null;
  private sequence = 0;
  private isEnded = false;
  private isCreated = false;
  private podProgress = FIRST_POD_EVENT;
  private heldPodEvents: PodEvent[] = [];
  /** Keys of what the current operation's stream has once only. */
  private readonly written = new Set<string>();
  /** The last percentage that was given. */
  private reached = 1;

  /** The operation whose stream is being written. */
  get operation(): Operation | null {
    return this.record?.operation ?? null;
  }

  /** Whether that operation's last event has been written. */
  get isOperationEnded(): boolean {
    return this.isEnded;
  }

  /** Applies the next event of the history and returns the progress events that it adds, in order. */
  push(event: WorkflowHistoryStep): readonly ProgressEvent[] {
    switch (event.kind) {
      case 'record':
        return this.changeRecord(event.record, event.at);
      case 'stepScheduled':
        return this.write(this.beginStep(event.step), event.at);
      case 'stepCompleted':
        return this.completeStep(event.step, event.at);
      case 'podEvents':
        return this.writePodEvents(event.events);
      case 'closed':
        return this.close(event.at);
    }
  }

  private changeRecord(record: PublishedLab, at: string): readonly ProgressEvent[] {
    const previous = this.record;
    if (previous?.operation.id !== record.operation.id) {
      const ending = this.interrupt(at);
      this.begin(record);
      const opening = this.write(openingOf(record, previous), at);
      return [...ending, ...opening, ...this.write(this.obstacleOf(record), at)];
    }
    this.record = record;
    return this.write([...this.obstacleOf(record), ...outcomeOf(record)], at);
  }

  /** What the operation waits for, each obstacle once; the percentage stays where it is. */
  private obstacleOf({ obstacle, status }: PublishedLab): readonly Draft[] {
    const isWaiting = status !== 'running' && status !== 'failed';
    if (!obstacle || !isWaiting || this.written.has(`obstacle/${obstacle}`)) return [];
    this.written.add(`obstacle/${obstacle}`);
    return [{ ...info(obstacle, this.reached), severity: 'warning' }];
  }

  private begin(record: PublishedLab): void {
    this.record = record;
    this.sequence = 0;
    // A run that continues another begins with the record of an operation whose events are in that one.
    this.isEnded = record.operation.kind === 'spawn' && record.status !== 'pending';
    this.isCreated = record.operation.isAdopted === true;
    this.podProgress = FIRST_POD_EVENT;
    this.heldPodEvents = [];
    this.written.clear();
    this.reached = 1;
  }

  /** Ends the operation that another one replaces: a spawn as cancelled, a deletion without an event. */
  private interrupt(at: string): readonly ProgressEvent[] {
    if (this.operation?.kind !== 'spawn') return [];
    return this.write([{ type: 'failed', message: 'Operation cancelled', progress: null }], at);
  }

  private beginStep(step: LabStep): readonly Draft[] {
    if (!this.record || this.written.has(step)) return [];
    this.written.add(step);
    const percent = DELETION[this.record.operation.kind];
    switch (step) {
      case 'deletePod':
        return [info('Shutting down Kubernetes pod', percent.pod)];
      case 'deleteNamespace':
        return [info('Deleting user namespace', percent.namespace)];
      case 'createObjects':
        return [];
    }
  }

  private completeStep(step: LabStep, at: string): readonly ProgressEvent[] {
    if (!this.record) return [];
    const { kind } = this.record.operation;
    if (step === 'deleteNamespace') {
      const message = `Lab for ${this.record.user.username} deleted`;
      const events = this.write([info(message, DELETION[kind].done)], at);
      if (kind === 'delete') this.isEnded = true;
      return events;
    }
    if (step === 'createObjects' && kind === 'spawn') {
      this.isCreated = true;
      const created = this.write([info('Created Kubernetes objects for user lab', 30)], at);
      return [...created, ...this.writePodEvents(this.heldPodEvents.splice(0))];
    }
    return [];
  }

  /** Pod events may reach the history before the activity that made the pod reports back. */
  private writePodEvents(events: readonly PodEvent[]): readonly ProgressEvent[] {
    if (this.operation?.kind !== 'spawn') return [];
    if (!this.isCreated) {
      this.heldPodEvents.push(...events);
      return [];
    }
    return events
      .filter((event) => this.isFirst(event))
      .flatMap((event) => {
        const draft = {
          ...info(event.message, this.podProgress),
          severity: event.type === 'Warning' ? 'warning' : 'info',
          reason: event.reason,
        } as const;
        const written = this.write([draft], event.time);
        this.podProgress = Math.floor(this.podProgress + (SPAWN_COMPLETE - this.podProgress) / 3);
        return written;
      });
  }

  /** Whether the event is new to this stream: the successor of a watcher may send it again. */
  private isFirst({ podUid, reason, message, time }: PodEvent): boolean {
    const occurrence = [podUid, reason, time, message].join('/');
    const isFirst = !this.written.has(occurrence);
    this.written.add(occurrence);
    return isFirst;
  }

  /** A workflow that ended without finishing its operation, say by termination. */
  private close(at: string): readonly ProgressEvent[] {
    const events = this.interrupt(at);
    this.isEnded = true;
    return events;
  }

  private write(drafts: readonly Draft[], at: string): readonly ProgressEvent[] {
    const { operation } = this;
    if (!operation) return [];
    return drafts.flatMap((draft) => {
      if (this.isEnded) return [];
      this.sequence += 1;
      this.reached = draft.progress ?? this.reached;
      this.isEnded = draft.type === 'complete' || draft.type === 'failed';
      const severity = draft.type === 'error' || draft.type === 'failed' ? 'error' : 'info';
      return [{ severity, reason: null, ...draft, operation, sequence: this.sequence, timestamp: at }];
    });
  }
}

/** The only event of an operation whose history is no longer there, told from the lab's status. */
export function closingEvent(record: PublishedLab, at: string): ProgressEvent | null {
  const draft = outcomeOf(record).at(-1);
  if (!draft) return null;
  const severity = draft.type === 'failed' ? 'error' : 'info';
  return { severity, reason: null, ...draft, operation: record.operation, sequence: 1, timestamp: at };
}

function openingOf(record: PublishedLab, previous: PublishedLab | null): readonly Draft[] {
  if (record.operation.kind === 'delete') return [];
  const { username } = record.user;
  if (record.operation.isAdopted) return [info(`Monitoring in-progress lab creation for ${username}`, 1)];
  const start = info(`Starting lab creation for ${username}`, 1);
  const isReplacement = previous !== null && previous.status !== null;
  return isReplacement ? [start, info(`Deleting existing failed lab for ${username}`, 2)] : [start];
}

function outcomeOf(record: PublishedLab): readonly Draft[] {
  const isSpawn = record.operation.kind === 'spawn';
  if (record.status === 'running' && isSpawn) {
    const message = `Lab Kubernetes pod started for ${record.user.username}`;
    return [{ type: 'complete', message, progress: SPAWN_COMPLETE }];
  }
  if (record.status === 'failed') {
    const cause = record.failure?.message ?? 'Unknown error';
    return [
      { type: 'error', message: cause, progress: null },
      { type: 'failed', message: isSpawn ? 'Lab spawn failed' : 'Lab delete failed', progress: null },
    ];
  }
  return [];
}

function info(message: string, progress: number): Draft {
  return { type: 'info', message, progress };
}
