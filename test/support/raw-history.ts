import { defaultDataConverter, defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** The data converter of the payloads here. */
export const aDataConverter = defaultDataConverter;

/** The time of all of these events. */
export const RECORDED_AT = '1970-01-01T00:00:00.000Z';

/** The decoder only compares IDs. */
const idOf = (id: number) => id as unknown as HistoryEvent['eventId'];

const payload = (value: unknown) => defaultPayloadConverter.toPayload(value);

/** A signal with one argument. */
export function aSignal(signalName: string, argument: unknown): HistoryEvent {
  return {
    workflowExecutionSignaledEventAttributes: { signalName, input: { payloads: [payload(argument)] } },
  };
}

/** A change of a workflow's memo. */
export function aMemo(memo: Readonly<Record<string, unknown>>): HistoryEvent {
  const fields = Object.fromEntries(Object.entries(memo).map(([name, value]) => [name, payload(value)]));
  return { workflowPropertiesModifiedEventAttributes: { upsertedMemo: { fields } } };
}

/** An activity that is scheduled, under the ID of an event. */
export function scheduled(eventId: number, name: string): HistoryEvent {
  return { eventId: idOf(eventId), activityTaskScheduledEventAttributes: { activityType: { name } } };
}

/** The completion of an activity that was scheduled under the ID of an event. */
export function completed(scheduledEventId: number): HistoryEvent {
  return { activityTaskCompletedEventAttributes: { scheduledEventId: idOf(scheduledEventId) } };
}

/** A local activity that has ended: its marker, as the SDK's core records it. */
export function local(name: string, failure?: { readonly message: string }): HistoryEvent {
  const data = payload({ seq: 1, attempt: 1, activity_id: '1', activity_type: name });
  const details = { data: { payloads: [data] }, result: { payloads: [payload('uid')] } };
  return {
    markerRecordedEventAttributes: {
      markerName: 'core_local_activity',
      details,
      ...(failure && { failure }),
    },
  };
}
