import type { V1Pod } from '@kubernetes/client-node';
import { createKubernetesClient } from '../../src/kubernetes/client';

/** Receives observations of pods. */
export interface PodFollower {
  /** A pod at the start of the watch, or after a change. */
  seen(pod: V1Pod): void;
  deleted(pod: V1Pod): void;
}

/** Follows all pods with certain labels, as the user of a kubeconfig file, until it is closed. */
export function watchPods(
  kubeconfig: string,
  labelSelector: string,
  follower: PodFollower,
): { close(): Promise<void> } {
  const kubernetes = createKubernetesClient({ kubeconfig, requestTimeoutMs: 60_000 });
  const stopped = new AbortController();
  const follow = async () => {
    const options = { path: '/api/v1/pods', query: { labelSelector }, signal: stopped.signal };
    for await (const change of kubernetes.listThenWatch<V1Pod>(options)) {
      if (change.type === 'BOOKMARK') continue;
      if (change.type === 'DELETED') follower.deleted(change.object);
      else for (const pod of change.type === 'LISTED' ? change.items : [change.object]) follower.seen(pod);
    }
  };
  void follow().catch((error: unknown) => {
    if (!stopped.signal.aborted) throw error;
  });
  return {
    async close() {
      stopped.abort();
      await kubernetes.close();
    },
  };
}
