import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { CATEGORY_LABEL } from '../../objects/labels';
import { type ObservedPodEvent, observePodEvent } from '../../objects/reading/pod-event';
import type { Hold } from './checkpoint';

/**
 * One kind of object set whose pods are watched: labs, prepulling. The watcher gets a list of kinds, which are
 * independent of each other.
 */
export interface WatchedKind {
  /** Value of the label `nublado.lsst.io/category` on its pods. */
  readonly category: string;
  /** Creates the receiver of its changes for one attempt of the activity. */
  openSink(): KindSink;
}

/**
 * Receives the changes of one kind and signals its workflows. All pods have a UID. A signal that is sent later holds
 * the checkpoint until it is settled. When a method throws, the change is skipped and logged.
 */
export interface KindSink {
  /** Records a pod of which the previous attempt has signalled this state. */
  recall(pod: V1Pod): void;
  /** Records a pod that exists. */
  upsert(pod: V1Pod, hold: Hold): void;
  /** Records that a pod is gone; `pod` is its last state. */
  remove(pod: V1Pod, hold: Hold): void;
  /** Records a complete list: pods that it lacks are gone. */
  retain(uids: ReadonlySet<string>, hold: Hold): void;
  /** Receives the events about all pods of the cluster; optional. */
  recordEvent?(event: ObservedPodEvent, hold: Hold): void;
  /** Further collections that the kind follows. */
  readonly collections?: readonly WatchedCollection[];
  /** Called before a checkpoint is taken, to release holds that have a time limit. */
  releaseStale?(): void;
  /** Stops sending signals. */
  close(): void;
}

/**
 * A collection of the cluster that is listed, then watched. Its functions get objects that are not validated but for a
 * UID.
 */
export interface WatchedCollection {
  /** Key of its resource version in the checkpoint; must not change between versions of the controller. */
  readonly name: string;
  /** Such as `/api/v1/pods`. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Followed instead where the roles of the installation do not permit this one. */
  readonly fallback?: Pick<WatchedCollection, 'path' | 'labelSelector' | 'fieldSelector'>;
  /** Records an object of which the previous attempt has handled this state; without it, none are listed for that. */
  readonly recall?: (object: KubernetesObject) => void;
  /** Whether objects that exist before the watch are left out. */
  readonly isNewOnly?: boolean;
  readonly handle: (change: ObjectChange, hold: Hold) => void;
  /** Handles the UIDs of a complete list, before each of its objects comes as `ADDED`. */
  readonly retain?: (uids: ReadonlySet<string>, hold: Hold) => void;
}

/** A change of one object. */
export interface ObjectChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubernetesObject;
}

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
    // A cluster may have hundreds of thousands, which the API server reads from etcd for each list.
    isNewOnly: true,
    // Roles of older installations lack the new group.
    fallback: { path: '/api/v1/events', fieldSelector: 'involvedObject.kind=Pod' },
    handle({ type, object }, hold) {
      const observed = type === 'DELETED' ? null : observePodEvent(object);
      if (observed) for (const sink of sinks.values()) sink.recordEvent?.(observed, hold);
    },
  };
}
