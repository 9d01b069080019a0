import type { V1Pod } from '@kubernetes/client-node';
import { CATEGORY_LABEL } from '../../objects/labels';
import { observePodEvent } from '../../objects/reading/pod-event';
import type { KindSink, WatchedCollection } from './kinds';

/** The sinks of all kinds by their category. */
export type SinksByCategory = ReadonlyMap<string, KindSink>;

/** The pods of all kinds, in all namespaces: one watch, whose changes go to the kind that the pod's label has. */
export function watchedPods(sinks: SinksByCategory): WatchedCollection {
  const sinkOf = (pod: V1Pod): KindSink | undefined =>
    sinks.get(pod.metadata?.labels?.[CATEGORY_LABEL] ?? '');
  return {
    name: 'pods',
    path: '/api/v1/pods',
    labelSelector: `${CATEGORY_LABEL} in (${[...sinks.keys()].join()})`,
    recall: (pod) => sinkOf(pod)?.recall(pod),
    handle({ type, object }, hold) {
      const sink = sinkOf(object);
      if (type === 'DELETED') sink?.remove(object, hold);
      else sink?.upsert(object, hold);
    },
    retain(uids, hold) {
      for (const sink of sinks.values()) sink.retain(uids, hold);
    },
  };
}

/** The events about all pods of the cluster: they cannot be selected by labels of pods. */
export function watchedPodEvents(sinks: SinksByCategory): WatchedCollection {
  return {
    name: 'events',
    path: '/apis/events.k8s.io/v1/events',
    fieldSelector: 'regarding.kind=Pod',
    // Roles of older installations lack the new group.
    fallback: { path: '/api/v1/events', fieldSelector: 'involvedObject.kind=Pod' },
    handle({ type, object }, hold) {
      const observed = type === 'DELETED' ? null : observePodEvent(object);
      if (observed) for (const sink of sinks.values()) sink.recordEvent?.(observed, hold);
    },
  };
}
