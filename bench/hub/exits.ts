import { setTimeout as delay } from 'node:timers/promises';
import type { HubApi } from '../../stack/hub-api';
import { BEHAVIOUR_ANNOTATION } from '../../stack/kubelet/behaviours';
import type { KubernetesApi } from '../../stack/kubernetes-api';
import { burst, successes } from '../burst';
import { type Figures, latencies } from '../figures';

/** Over which labs end, one after the other. */
const SPREAD_MS = 60_000;

const LIMIT_MS = 120_000;
const POLL_MS = 100;

/** Ends labs from inside, and tells how long after its pod was told to end a lab was no server of the hub's any more. */
export async function measureExits(
  hub: HubApi,
  cluster: KubernetesApi,
  usernames: readonly string[],
): Promise<Figures> {
  const startedAt = performance.now();
  const exits = await burst([...usernames.entries()], SPREAD_MS + LIMIT_MS, async ([index, username]) => {
    await delay(Math.max(0, (index / usernames.length) * SPREAD_MS + startedAt - performance.now()));
    const endedAt = performance.now();
    await endPod(cluster, username);
    while ((await hub.server(username)) !== undefined) await delay(POLL_MS);
    return performance.now() - endedAt;
  });
  const cleaned = successes(exits).map(({ value }) => value);
  return {
    cleaned: cleaned.length,
    unclean: usernames.length - cleaned.length,
    ...latencies('clean', cleaned),
  };
}

async function endPod(cluster: KubernetesApi, username: string): Promise<void> {
  const path = `/api/v1/namespaces/lab-${username}/pods/${username}-nb`;
  const change = { metadata: { annotations: { [BEHAVIOUR_ANNOTATION]: 'exit-0' } } };
  const { status } = await cluster.send('PATCH', path, change, 'application/merge-patch+json');
  if (status !== 200) throw new Error(`${status} for ${path}`);
}
