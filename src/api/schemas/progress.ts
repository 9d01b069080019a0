import { z } from 'zod';
import type { ProgressEvent } from '../../domain/progress';
import { userHeader } from './parameters';

/** The last event that a client has received, from its `Last-Event-ID` header. */
export interface EventPosition {
  readonly operationId: string;
  readonly sequence: number;
}

/** Headers of a request for an event stream. */
export const eventsHeaders = userHeader.extend({
  'last-event-id': z
    .string()
    .optional()
    .describe('`id` of the last event already seen; anything else is ignored.'),
});

/** Query of an event stream. */
export const eventsQuery = z.object({
  extended: z
    .stringbool()
    .optional()
    .describe('Add `timestamp`, `severity` and `reason` to the data of every event.'),
});

/** The `data` of one event, for the documentation; a stream has no JSON body as a whole. */
export const progressData = z
  .object({
    message: z.string(),
    progress: z.int().min(1).max(100).optional().describe('Percentage; absent on `error` and `failed`.'),
    timestamp: z.iso.datetime().optional(),
    severity: z.enum(['info', 'warning', 'error']).optional(),
    reason: z.string().optional().describe('Reason of the Kubernetes event, where there is one.'),
  })
  .meta({ id: 'ProgressData' });

/** Reads `<operation>.<n>`; anything else counts as absent. */
export function parseEventId(header: string | undefined): EventPosition | null {
  const [, operationId, sequence] = /^([\w-]{1,100})\.(\d{1,9})$/.exec(header ?? '') ?? [];
  return operationId === undefined ? null : { operationId, sequence: Number(sequence) };
}

/**
 * The text of one server-sent event. Without `isExtended` its data holds only `message` and `progress`:
 * existing spawners reject events with any other key.
 */
export function formatEvent(event: ProgressEvent, isExtended: boolean): string {
  const data: z.output<typeof progressData> = {
    message: event.message,
    ...(event.progress === null ? {} : { progress: event.progress }),
    ...(isExtended ? { timestamp: event.timestamp, severity: event.severity } : {}),
    ...(isExtended && event.reason !== null ? { reason: event.reason } : {}),
  };
  return `id: ${event.operation.id}.${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(data)}\n\n`;
}
