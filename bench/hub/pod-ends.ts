import type { V1Pod } from '@kubernetes/client-node';
import { USER_LABEL } from '../../src/domain/lab-key';
import { LAB_SELECTOR } from '../../src/objects/labels';
import { hasEnded } from '../../stack/labs/pod';
import { watchPods } from './pod-watch';

/** When the API server first reported pods of labs as ended. */
export interface PodEnds {
  /** By the clock of `performance.now()`; undefined until the user's pod has ended. */
  of(username: string): number | undefined;
  close(): Promise<void>;
}

/** Watches the pods of all labs, as the user of a kubeconfig file. */
export function watchPodEnds(kubeconfig: string): PodEnds {
  const ends = new Map<string, number>();
  const note = (pod: V1Pod) => {
    const username = pod.metadata?.labels?.[USER_LABEL] ?? '';
    if (hasEnded(pod) && !ends.has(username)) ends.set(username, performance.now());
  };
  const watch = watchPods(kubeconfig, LAB_SELECTOR, { seen: note, deleted: note });
  return { of: (username) => ends.get(username), close: () => watch.close() };
}
