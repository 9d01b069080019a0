import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import type { LabRecord, LabStatus } from '../../src/domain/lab';
import type { EndedBy, EndOutcome, FailureReason } from '../../src/domain/lab-end';

type History = temporal.api.history.v1.IHistory;

/** What a lab's workflow published at once; what it had published before is null. */
export interface LifeStep {
  /** Null once the pod is gone. */
  readonly status: LabStatus | null;
  readonly reason: FailureReason | null;
  readonly end: { readonly outcome: EndOutcome; readonly by: EndedBy } | null;
  readonly obstacle: string | null;
}

/** The steps of a lab's life, as its workflow published them in the memo `lab`, oldest first. */
export function publishedLife(history: History): LifeStep[] {
  const records = publishedRecords(history);
  return records.flatMap((record, index) => {
    const before = records[index - 1];
    const step: LifeStep = {
      status: record.status,
      reason: news(record.failure?.reason, before?.failure?.reason),
      end: before?.end ? null : (record.end ?? null),
      obstacle: news(record.obstacle, before?.obstacle),
    };
    const isNews = step.status !== before?.status || step.reason || step.end || step.obstacle;
    return isNews ? [step] : [];
  });
}

function news<Value>(now: Value | undefined, before: Value | undefined): Value | null {
  return now === undefined || now === before ? null : now;
}

function publishedRecords({ events }: History): LabRecord[] {
  return (events ?? []).flatMap((event) => {
    const memo =
      event.workflowExecutionStartedEventAttributes?.memo ??
      event.workflowPropertiesModifiedEventAttributes?.upsertedMemo;
    const payload = memo?.fields?.['lab'];
    return payload ? [defaultPayloadConverter.fromPayload<LabRecord>(payload)] : [];
  });
}

/** How the last event leaves the workflow: `open`, `closed` or `renewed`. */
function closureOf({ events }: History): 'open' | 'closed' | 'renewed' {
  const last = events?.at(-1);
  if (last?.workflowExecutionContinuedAsNewEventAttributes) return 'renewed';
  return last?.workflowExecutionCompletedEventAttributes ? 'closed' : 'open';
}

/**
 * The life in words, step after step: the status, or `removing` once the pod is gone, then the reason and who ended the
 * lab how. An obstacle that was told stands as `obstacle` behind the status. The last word is how the run was left.
 */
export function lifeInWords(history: History): string {
  const steps = publishedLife(history).map(({ status, reason, end, obstacle }) =>
    [
      status ?? 'removing',
      ...(obstacle ? ['obstacle'] : []),
      ...(reason ? [reason] : []),
      ...(end ? [`(${end.outcome}, ${end.by})`] : []),
    ].join(' '),
  );
  return [...steps, closureOf(history)].join(' → ');
}
