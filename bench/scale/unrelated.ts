import { randomUUID } from 'node:crypto';
import type { Stack } from '../../stack/description';
import type { KubernetesApi } from '../../stack/kubernetes-api';

/** How many objects of others the cluster has. */
export interface Unrelated {
  readonly pods: number;
  readonly events: number;
}

/** The namespaces, by turns. */
const NAMESPACES: readonly string[] = Array.from({ length: 20 }, (_, index) => `unrelated-${index}`);

/** Namespace and name of one of the pods, which are counted from 0. */
export function unrelatedPod(index: number): { readonly namespace: string; readonly name: string } {
  return { namespace: NAMESPACES[index % NAMESPACES.length] ?? '', name: `service-${index}` };
}

/** etcd's limit of operations in a transaction. */
const BATCH = 128;

/**
 * Fills the cluster with pods and events about pods that no lab has. They are written to etcd as the API server's own
 * JSON, in seconds; by its API they would take minutes. The pods name a scheduler that does not exist, so that nothing
 * works on them.
 *
 * @throws Error when etcd refuses them, or the API server does not count them.
 */
export async function addUnrelated(
  { kubernetes: { etcdUrl } }: Stack,
  cluster: KubernetesApi,
  { pods, events }: Unrelated,
): Promise<void> {
  for (const name of NAMESPACES) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await cluster.apply(`/api/v1/namespaces/${name}`, namespace);
  }
  await write(etcdUrl, 'pods', pods, podObject);
  await write(etcdUrl, 'events', events, (index) => eventObject(index, index % Math.max(1, pods)));
  await expectCount(cluster, '/api/v1/pods', pods);
  await expectCount(cluster, '/api/v1/events', events);
}

type Stored = { readonly metadata: { readonly namespace: string; readonly name: string } };

async function write(
  etcdUrl: string,
  collection: string,
  count: number,
  objectOf: (index: number) => Stored,
): Promise<void> {
  for (let first = 0; first < count; first += BATCH) {
    const objects = Array.from({ length: Math.min(BATCH, count - first) }, (_, index) =>
      objectOf(first + index),
    );
    const puts = objects.map((object) => ({
      requestPut: {
        key: base64(`/registry/${collection}/${object.metadata.namespace}/${object.metadata.name}`),
        value: base64(JSON.stringify(object)),
      },
    }));
    const answer = await fetch(`${etcdUrl}/v3/kv/txn`, {
      method: 'POST',
      body: JSON.stringify({ success: puts }),
    });
    if (!answer.ok) throw new Error(`etcd refuses ${collection}: ${answer.status} ${await answer.text()}`);
    await answer.body?.cancel();
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function metadataOf(namespace: string, name: string, labels: Readonly<Record<string, string>> = {}) {
  return { namespace, name, uid: randomUUID(), creationTimestamp: now(), labels };
}

/** An instant as the API server writes it, in whole seconds. */
const now = (): string => new Date().toISOString().replace(/\.\d+/, '');

/** A pod of about 2 KiB. */
function podObject(index: number) {
  const { namespace, name } = unrelatedPod(index);
  const labels = { 'app.kubernetes.io/name': 'service', 'app.kubernetes.io/instance': name };
  const env = Array.from({ length: 15 }, (_, number) => ({
    name: `VARIABLE_${number}`,
    value: `value of ${name}`,
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadataOf(namespace, name, labels),
    spec: {
      schedulerName: 'none',
      restartPolicy: 'Always',
      containers: [{ name: 'main', image: `registry.example.com/service:${index}`, env }],
    },
    status: { phase: 'Pending' },
  };
}

function eventObject(index: number, podIndex: number) {
  const { namespace, name } = unrelatedPod(podIndex);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: metadataOf(namespace, `${name}.${index.toString(16)}`),
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid: randomUUID() },
    type: 'Normal',
    reason: 'Pulled',
    message: `Successfully pulled image "registry.example.com/service:${podIndex}" in 1.5s`,
    source: { component: 'kubelet', host: 'node-1' },
    firstTimestamp: now(),
    lastTimestamp: now(),
    count: 1,
  };
}

async function expectCount(cluster: KubernetesApi, path: string, least: number): Promise<void> {
  const { body } = await cluster.send('GET', `${path}?limit=1`);
  const { items = [], metadata } = body as {
    readonly items?: readonly unknown[];
    readonly metadata?: { readonly remainingItemCount?: number };
  };
  const count = items.length + (metadata?.remainingItemCount ?? 0);
  if (count < least) throw new Error(`the API server has ${count} of ${least} objects of ${path}`);
}
