import { setTimeout as delay } from 'node:timers/promises';
import type { CoreV1Event, KubernetesObject, V1Namespace, V1Pod } from '@kubernetes/client-node';
import { USER_LABEL } from '../src/domain/lab-key';
import { createKubernetesClient, type KubernetesClient } from '../src/kubernetes/client';
import type { Change } from '../src/kubernetes/list-then-watch';
import { LAB_SELECTOR } from '../src/objects/labels';
import { spawnIdOf } from '../src/objects/reading/labels';
import { observePodEvent } from '../src/objects/reading/pod-event';

/** A namespace or pod of a lab that existed at some time. */
export interface SeenObject {
  readonly username: string;
  readonly uid: string;
  readonly spawnId: string | null;
  /** Whether it was deleted, or marked for it. */
  readonly isDeleted: boolean;
}

/**
 * Namespaces and pods of labs in the cluster, from shared watches with the administrator's credentials. Instants are
 * by the clock of `performance.now()`.
 */
export interface ClusterView {
  /** Resolves with the instant at which the user's current pod runs and has an address; at once if it does. */
  podRunning(username: string): Promise<number>;
  /** Resolves with the instant at which the user has no lab pod; at once if there is none. */
  podGone(username: string): Promise<number>;
  /** Resolves with the instant at which the user has no lab namespace; at once if there is none. */
  namespaceGone(username: string): Promise<number>;
  /** Resolves when no lab namespace is left. @throws Error after the timeout. */
  quiet(timeoutMs: number): Promise<void>;
  /** All namespaces and pods of labs that were observed since the last call. */
  takeSeen(): { readonly namespaces: readonly SeenObject[]; readonly pods: readonly SeenObject[] };
  /** Records the instants of events about pods, by user and message, until stopped. */
  followPodEvents(): { readonly instants: ReadonlyMap<string, number>; stop(): void };
  close(): Promise<void>;
}

/** The key of an event in `followPodEvents`. */
export function podEventKey(username: string, message: string): string {
  return `${username} ${message}`;
}

/** Starts the watches. */
export function createClusterView(kubeconfig: string): ClusterView {
  const kubernetes = createKubernetesClient({ kubeconfig, requestTimeoutMs: 60_000 });
  const stopped = new AbortController();
  const pods = presence<V1Pod>(({ status }) => status?.phase === 'Running' && Boolean(status.podIP));
  const namespaces = presence<V1Namespace>(() => true);
  const follow = <T extends KubernetesObject>(path: string, present: Presence<T>) => {
    const options = { path, query: { labelSelector: LAB_SELECTOR }, signal: stopped.signal };
    void present.follow(kubernetes.listThenWatch<T>(options)).catch(unlessStopped(stopped.signal));
  };
  follow('/api/v1/pods', pods);
  follow('/api/v1/namespaces', namespaces);
  return {
    podRunning: (username) => pods.here(username),
    podGone: (username) => pods.gone(username),
    namespaceGone: (username) => namespaces.gone(username),
    async quiet(timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      while (namespaces.count() > 0) {
        if (performance.now() > deadline) throw new Error(`${namespaces.count()} lab namespaces stay`);
        await delay(100);
      }
    },
    takeSeen: () => ({ namespaces: namespaces.takeSeen(), pods: pods.takeSeen() }),
    followPodEvents: () => followPodEvents(kubernetes),
    async close() {
      stopped.abort();
      await kubernetes.close();
    },
  };
}

type Presence<T extends KubernetesObject> = ReturnType<typeof presence<T>>;

/** Tracks which users have an object of one kind, and since when it is in the wanted state. */
function presence<T extends KubernetesObject>(isWanted: (object: T) => boolean) {
  /** By user and UID: the instant since which an object is in the wanted state, null before. */
  const objects = new Map<string, Map<string, number | null>>();
  const seen = new Map<string, SeenObject>();
  const waiting = new Map<string, (() => boolean)[]>();

  const put = (username: string, object: T) => {
    const { uid = '' } = object.metadata ?? {};
    const ofUser = objects.get(username) ?? new Map<string, number | null>();
    ofUser.set(uid, ofUser.get(uid) ?? (isWanted(object) ? performance.now() : null));
    objects.set(username, ofUser);
    const isDeleted = object.metadata?.deletionTimestamp !== undefined;
    seen.set(uid, { username, uid, spawnId: spawnIdOf(object), isDeleted });
  };
  const remove = (username: string, uid: string) => {
    const known = seen.get(uid);
    if (known) seen.set(uid, { ...known, isDeleted: true });
    const ofUser = objects.get(username);
    ofUser?.delete(uid);
    if (ofUser?.size === 0) objects.delete(username);
  };
  const replaceAll = (items: readonly T[]) => {
    const uids = new Set(items.map(({ metadata }) => metadata?.uid));
    for (const [username, ofUser] of objects) {
      for (const uid of ofUser.keys()) if (!uids.has(uid)) remove(username, uid);
    }
    for (const item of items) put(userOf(item), item);
    for (const username of waiting.keys()) settle(username);
  };
  const settle = (username: string) => {
    const left = waiting.get(username)?.filter((isSettled) => !isSettled()) ?? [];
    if (left.length > 0) waiting.set(username, left);
    else waiting.delete(username);
  };
  const when = (username: string, instant: () => number | null) =>
    new Promise<number>((resolve) => {
      const isSettled = () => {
        const at = instant();
        if (at !== null) resolve(at);
        return at !== null;
      };
      waiting.set(username, [...(waiting.get(username) ?? []), isSettled]);
      settle(username);
    });

  return {
    async follow(changes: AsyncIterable<Change<T>>) {
      for await (const change of changes) {
        if (change.type === 'BOOKMARK') continue;
        if (change.type === 'LISTED') {
          replaceAll(change.items);
          continue;
        }
        const username = userOf(change.object);
        if (change.type === 'DELETED') remove(username, change.object.metadata?.uid ?? '');
        else put(username, change.object);
        settle(username);
      }
    },
    count: () => objects.size,
    here: (username: string) =>
      when(username, () => [...(objects.get(username)?.values() ?? [])].at(-1) ?? null),
    gone: (username: string) => when(username, () => (objects.has(username) ? null : performance.now())),
    takeSeen() {
      const taken = [...seen.values()];
      seen.clear();
      return taken;
    },
  };
}

function userOf({ metadata }: KubernetesObject): string {
  return metadata?.labels?.[USER_LABEL] ?? '';
}

function followPodEvents(kubernetes: KubernetesClient) {
  const instants = new Map<string, number>();
  const stopped = new AbortController();
  const follow = async () => {
    const options = { path: '/api/v1/events', signal: stopped.signal };
    for await (const change of kubernetes.listThenWatch(options)) {
      if (change.type !== 'ADDED') continue;
      const event = observePodEvent(change.object);
      if (!event) continue;
      const username = (change.object as CoreV1Event).involvedObject.name?.replace(/-nb$/, '') ?? '';
      const key = podEventKey(username, event.event.message);
      if (!instants.has(key)) instants.set(key, performance.now());
    }
  };
  void follow().catch(unlessStopped(stopped.signal));
  return { instants, stop: () => stopped.abort() };
}

function unlessStopped(signal: AbortSignal) {
  return (error: unknown) => {
    if (!signal.aborted) throw error;
  };
}
