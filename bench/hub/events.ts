import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { HubApi } from '../../stack/hub-api';
import type { KubernetesApi } from '../../stack/kubernetes-api';
import { type Figures, latencies } from '../figures';

const SAMPLES = 100;
const PAUSE_MS = 100;
const POLL_MS = 50;

const objectSchema = z.object({ metadata: z.object({ uid: z.string() }) });

/**
 * Starts a server whose pod does not become ready, creates events about the pod, and measures the time from each
 * request to the API server until the event's text is in the hub's stream.
 */
export async function measureEvents(
  hub: HubApi,
  cluster: KubernetesApi,
  username: string,
  form: Parameters<HubApi['start']>[1],
) {
  await hub.start(username, form);
  const arrivals = new Map<string, number>();
  const following = hub
    .follow(username, ({ message }) => {
      const [text = ''] = /event \d+$/.exec(message) ?? [];
      if (!arrivals.has(text)) arrivals.set(text, performance.now());
    })
    .catch(() => undefined);
  const uid = await podOf(cluster, username);
  const sent = new Map<string, number>();
  for (let index = 0; index < SAMPLES; index += 1) {
    const text = `event ${index}`;
    sent.set(text, performance.now());
    await happen(cluster, { username, uid, text });
    await delay(PAUSE_MS);
  }
  while ([...sent.keys()].some((text) => !arrivals.has(text))) await delay(POLL_MS);
  await hub.stop(username);
  await following;
  const waits = [...sent].map(([text, at]) => (arrivals.get(text) ?? Number.NaN) - at);
  return { events: waits.length, ...latencies('event', waits) } satisfies Figures;
}

async function podOf(cluster: KubernetesApi, username: string): Promise<string> {
  for (;;) {
    const { status, body } = await cluster.send(
      'GET',
      `/api/v1/namespaces/lab-${username}/pods/${username}-nb`,
    );
    if (status === 200) return objectSchema.parse(body).metadata.uid;
    await delay(POLL_MS);
  }
}

async function happen(
  cluster: KubernetesApi,
  { username, uid, text }: { readonly username: string; readonly uid: string; readonly text: string },
): Promise<void> {
  const namespace = `lab-${username}`;
  const now = new Date().toISOString().replace(/\.\d+/, '');
  const { status, body } = await cluster.send('POST', `/api/v1/namespaces/${namespace}/events`, {
    metadata: { generateName: 'measured-', namespace },
    involvedObject: { kind: 'Pod', apiVersion: 'v1', name: `${username}-nb`, namespace, uid },
    type: 'Normal',
    reason: 'Measured',
    message: text,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    source: { component: 'bench' },
  });
  if (status !== 201) throw new Error(`${status} for an event: ${JSON.stringify(body)}`);
}
