import type { V1Pod } from '@kubernetes/client-node';
import { createKubernetesClient } from '../../src/kubernetes/client';
import { LAB_SELECTOR, USER_LABEL } from '../../src/objects/labels';

/** When labs' pods were first shown as ended by the API server. */
export interface PodEnds {
  /** In the time of `performance.now()`; undefined while the user's pod has not been seen to end. */
  of(username: string): number | undefined;
  close(): Promise<void>;
}

/** Watches all labs' pods, as administrator. */
export function watchPodEnds(kubeconfig: string): PodEnds {
  const kubernetes = createKubernetesClient({ kubeconfig, requestTimeoutMs: 60_000 });
  const stopped = new AbortController();
  const ends = new Map<string, number>();

  const note = ({ metadata, status }: V1Pod) => {
    const username = metadata?.labels?.[USER_LABEL] ?? '';
    const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
    if (hasEnded && !ends.has(username)) ends.set(username, performance.now());
  };
  const follow = async () => {
    const options = {
      path: '/api/v1/pods',
      query: { labelSelector: LAB_SELECTOR },
      signal: stopped.signal,
    };
    for await (const change of kubernetes.listThenWatch<V1Pod>(options)) {
      if (change.type === 'LISTED') change.items.forEach(note);
      else if (change.type !== 'BOOKMARK') note(change.object);
    }
  };
  void follow().catch((error: unknown) => {
    if (!stopped.signal.aborted) throw error;
  });

  return {
    of: (username) => ends.get(username),
    async close() {
      stopped.abort();
      await kubernetes.close();
    },
  };
}
