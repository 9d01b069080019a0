import type { KubernetesObject } from '@kubernetes/client-node';
import type { PodEvent } from '../../domain/pod';
import { sanitizedMessage } from '../../domain/sanitized-text';
import { count, instant, message, objectOf, text } from './fields';

/** An event about a pod with what identifies its occurrences. */
export interface ObservedPodEvent {
  readonly uid: string;
  /** How often it has occurred so far. */
  readonly count: number;
  readonly event: PodEvent;
}

const reference = objectOf({ kind: text, uid: text });

/** Fields of `events.k8s.io/v1`, and those of the older core API. */
const eventFields = objectOf({
  metadata: objectOf({ uid: text, creationTimestamp: instant }),
  type: text,
  reason: text,
  eventTime: instant,
  series: objectOf({ count, lastObservedTime: instant }),
  regarding: reference,
  involvedObject: reference,
  note: message,
  message,
  deprecatedCount: count,
  count,
  deprecatedLastTimestamp: instant,
  lastTimestamp: instant,
});

/** Reads an event of either API; null if it is not about a pod. Its time is the latest instant that it gives. */
export function observePodEvent(event: KubernetesObject): ObservedPodEvent | null {
  const fields = eventFields(event) ?? {};
  const about = fields.regarding ?? fields.involvedObject;
  const uid = fields.metadata?.uid;
  if (about?.kind !== 'Pod' || !about.uid || !uid) return null;
  return {
    uid,
    count: fields.series?.count ?? fields.deprecatedCount ?? fields.count ?? 1,
    event: {
      podUid: about.uid,
      type: fields.type === 'Warning' ? 'Warning' : 'Normal',
      reason: fields.reason ?? '',
      message: sanitizedMessage(fields.note ?? fields.message) ?? '',
      time: timeOf(fields).toISOString(),
    },
  };
}

function timeOf(fields: NonNullable<ReturnType<typeof eventFields>>): Date {
  return (
    fields.series?.lastObservedTime ??
    fields.eventTime ??
    fields.deprecatedLastTimestamp ??
    fields.lastTimestamp ??
    fields.metadata?.creationTimestamp ??
    new Date(0)
  );
}
