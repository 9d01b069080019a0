import type { CoreV1Event, EventsV1Event, KubernetesObject } from '@kubernetes/client-node';
import { clusterWords } from '../../domain/cluster-words';
import type { PodEvent } from '../../domain/pod';

/** An event about a pod with what identifies its occurrences. */
export interface ObservedPodEvent {
  readonly uid: string;
  /** How often it has occurred so far. */
  readonly count: number;
  readonly event: PodEvent;
}

type Instant = Date | string | undefined | null;

/**
 * Reads an event of either API, `events.k8s.io/v1` or the older core one; null when it is not about a
 * pod. The instant is the latest that the event gives.
 */
export function observePodEvent(object: KubernetesObject): ObservedPodEvent | null {
  const event = object as EventsV1Event & CoreV1Event;
  const about = event.regarding ?? event.involvedObject;
  if (about?.kind !== 'Pod' || !about.uid || !event.metadata?.uid) return null;
  return {
    uid: event.metadata.uid,
    count: event.series?.count ?? event.deprecatedCount ?? event.count ?? 1,
    event: {
      podUid: about.uid,
      type: event.type === 'Warning' ? 'Warning' : 'Normal',
      reason: event.reason ?? '',
      message: clusterWords(event.note ?? event.message) ?? '',
      time: timeOf(event),
    },
  };
}

function timeOf(event: EventsV1Event & CoreV1Event): string {
  const candidates: Instant[] = [
    event.series?.lastObservedTime,
    event.eventTime,
    event.deprecatedLastTimestamp,
    event.lastTimestamp,
    event.metadata?.creationTimestamp,
  ];
  const instant = candidates.find((candidate) => candidate != null);
  return new Date(instant ?? 0).toISOString();
}
