import { setTimeout as delay } from 'node:timers/promises';
import { BEHAVIOUR_ANNOTATION } from '../../stack/kubelet/behaviours';
import type { KubernetesApi } from '../../stack/kubernetes-api';
import { type Figures, latencies } from '../figures';
import type { PodEnds } from './pod-ends';
import type { ServerRecords } from './server-records';

const LIMIT_MS = 120_000;
const POLL_MS = 50;

/** Sources of the progress of a lab's end. */
export interface ExitObservers {
  readonly podEnds: PodEnds;
  readonly records: ServerRecords;
}

/**
 * Ends labs from inside, evenly over `spreadMs`. Measures the time from the order until the API server reports the pod as ended (the
 * kubelet's part), and from then until the hub has no server for the lab (the controller's and the hub's part).
 */
export async function measureExits(
  { podEnds, records }: ExitObservers,
  cluster: KubernetesApi,
  usernames: readonly string[],
  spreadMs: number,
): Promise<Figures> {
  const startedAt = performance.now();
  const ended = new Map<string, number>();
  const shown: number[] = [];
  const cleaned: number[] = [];
  const ending = Promise.all(
    usernames.map(async (username, index) => {
      await delay((index / usernames.length) * spreadMs);
      ended.set(username, performance.now());
      await endPod(cluster, username);
    }),
  );
  while (cleaned.length < usernames.length && performance.now() < startedAt + spreadMs + LIMIT_MS) {
    await delay(POLL_MS);
    const present = records.users();
    for (const [username, endedAt] of ended) {
      const shownAt = podEnds.of(username);
      if (shownAt === undefined || present.has(username)) continue;
      ended.delete(username);
      shown.push(shownAt - endedAt);
      cleaned.push(performance.now() - shownAt);
    }
  }
  await ending;
  return {
    cleaned: cleaned.length,
    unclean: usernames.length - cleaned.length,
    ...latencies('shown', shown),
    ...latencies('clean', cleaned),
  };
}

async function endPod(cluster: KubernetesApi, username: string): Promise<void> {
  const path = `/api/v1/namespaces/lab-${username}/pods/${username}-nb`;
  const change = { metadata: { annotations: { [BEHAVIOUR_ANNOTATION]: 'exit-0' } } };
  const { status } = await cluster.send('PATCH', path, change, 'application/merge-patch+json');
  if (status !== 200) throw new Error(`${status} for ${path}`);
}
