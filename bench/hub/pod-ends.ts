import type { V1Pod } from '@kubernetes/client-node';
import { USER_LABEL } from '../../src/domain/lab-key';
import { LAB_SELECTOR } from '../../src/objects/labels';
import { hasEnded } from '../../stack/labs/pod';
import { watchPods } from './pod-watch';

/** When labs' pods were first shown as ended by the API server. */
export interface PodEnds {
  /** In the time of `performance.now()`; undefined while the user's pod has not been seen to end. */
  of(username: string): number | undefined;
  close(): Promise<void>;
}

/** Watches all labs' pods, as the user of a kubeconfig file. */
export function watchPodEnds(kubeconfig: string): PodEnds {
  const ends = new Map<string, number>();
  const note = (pod: V1Pod) => {
    const username = pod.metadata?.labels?.[USER_LABEL] ?? '';
    if (hasEnded(pod) && !ends.has(username)) ends.set(username, performance.now());
  };
  const watch = watchPods(kubeconfig, LAB_SELECTOR, { seen: note, deleted: note });
  return { of: (username) => ends.get(username), close: () => watch.close() };
}
