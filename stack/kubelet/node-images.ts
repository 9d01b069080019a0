import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type KubernetesApi, kubernetesApi } from '../kubernetes-api';

/**
 * The part of the simulated kubelet that kwok lacks: once a pod that pulls an image has run, its node reports the
 * image. A process of its own, with the administrator's kubeconfig as its only argument.
 */
const { positionals } = parseArgs({ allowPositionals: true });

const PODS = '/api/v1/pods';
const SELECTOR = `labelSelector=${encodeURIComponent('nublado.lsst.io/category=prepuller')}`;
const RETRY_MS = 500;

/** All images are of one size, about that of a large lab. */
const SIZE_BYTES = 4_000_000_000;

const podSchema = z.object({
  spec: z.object({ nodeName: z.string().optional(), containers: z.array(z.object({ image: z.string() })) }),
  status: z.object({ phase: z.string().optional() }).optional(),
});

type Pod = z.infer<typeof podSchema>;

const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(podSchema),
});

const eventSchema = z.object({ type: z.string(), object: z.unknown() });

const nodeSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  status: z.object({ images: z.array(z.looseObject({ names: z.array(z.string()) })).optional() }).optional(),
});

/** The names that a kubelet gives an image: `repository@digest` and `repository:tag`, as far as they are known. */
function namesOf(image: string): string[] {
  const [, repository = image, tag, digest] = /^(.+?)(:[^/:@]+)?(@.+)?$/.exec(image) ?? [];
  return [digest, tag].filter((part) => part !== undefined).map((part) => repository + part);
}

/** Adds an image to what a node reports. A node that somebody else changes meanwhile is read again. */
async function report(api: KubernetesApi, node: string, image: string): Promise<void> {
  for (;;) {
    const path = `/api/v1/nodes/${node}`;
    const answer = await api.send('GET', path);
    if (answer.status === 404) return;
    const { metadata, status } = nodeSchema.parse(answer.body);
    const names = namesOf(image);
    const images = status?.images ?? [];
    if (images.some((known) => names.every((name) => known.names.includes(name)))) return;
    const patch = { metadata, status: { images: [...images, { names, sizeBytes: SIZE_BYTES }] } };
    const patched = await api.send('PATCH', `${path}/status`, patch, 'application/merge-patch+json');
    if (patched.status !== 409) return;
  }
}

/** By node: what is to be reported of one is reported in turn. */
const queues = new Map<string, Promise<void>>();

function take(api: KubernetesApi, { spec, status }: Pod): void {
  const [container] = spec.containers;
  const { nodeName } = spec;
  if (status?.phase !== 'Succeeded' || nodeName === undefined || !container) return;
  const queue = queues.get(nodeName) ?? Promise.resolve();
  queues.set(
    nodeName,
    queue.then(() => report(api, nodeName, container.image)).catch((error: unknown) => console.error(error)),
  );
}

async function follow(api: KubernetesApi): Promise<void> {
  const { metadata, items } = listSchema.parse((await api.send('GET', `${PODS}?${SELECTOR}`)).body);
  for (const pod of items) take(api, pod);
  const { resourceVersion } = metadata;
  const query = `${SELECTOR}&watch=true&resourceVersion=${resourceVersion}`;
  for await (const event of api.watch(`${PODS}?${query}`)) {
    const { type, object } = eventSchema.parse(event);
    if (type === 'ERROR') return;
    take(api, podSchema.parse(object));
  }
}

async function main(): Promise<void> {
  const api = kubernetesApi(positionals[0] ?? '');
  for (;;) {
    await follow(api).catch((error: unknown) => console.error(error));
    await delay(RETRY_MS);
  }
}

void main();
