import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type KubernetesApi, kubernetesApi } from '../kubernetes-api';
import { follow } from './follow';

/**
 * The part of the simulated kubelet that kwok lacks: when a pod that pulls an image has run, the image is added to
 * the status of its node. A process of its own, with the administrator's kubeconfig as its only argument.
 */
const { positionals } = parseArgs({ allowPositionals: true });

const SELECTOR = `labelSelector=${encodeURIComponent('nublado.lsst.io/category=prepuller')}`;

/** Size of every image in bytes, about that of a large lab. */
const SIZE_BYTES = 4_000_000_000;

const podSchema = z.object({
  spec: z.object({ nodeName: z.string().optional(), containers: z.array(z.object({ image: z.string() })) }),
  status: z.object({ phase: z.string().optional() }).optional(),
});

type Pod = z.infer<typeof podSchema>;

const nodeSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  status: z.object({ images: z.array(z.looseObject({ names: z.array(z.string()) })).optional() }).optional(),
});

/** Names of an image in a node's status: `repository@digest` and `repository:tag`, as far as they are known. */
function namesOf(image: string): string[] {
  const [, repository = image, tag, digest] = /^(.+?)(:[^/:@]+)?(@.+)?$/.exec(image) ?? [];
  return [digest, tag].filter((part) => part !== undefined).map((part) => repository + part);
}

/** Adds an image to a node's status. After a conflict (409) the node is read again. */
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

/** By node: updates of one node are sent one after the other. */
const queues = new Map<string, Promise<void>>();

function takeUp(api: KubernetesApi, { spec, status }: Pod): void {
  const [container] = spec.containers;
  const { nodeName } = spec;
  if (status?.phase !== 'Succeeded' || nodeName === undefined || !container) return;
  const queue = queues.get(nodeName) ?? Promise.resolve();
  queues.set(
    nodeName,
    queue.then(() => report(api, nodeName, container.image)).catch((error: unknown) => console.error(error)),
  );
}

const api = kubernetesApi(positionals[0] ?? '');
const take = (pod: unknown) => takeUp(api, podSchema.parse(pod));
void follow(api, '/api/v1/pods', SELECTOR, {
  listed: (pods) => pods.forEach(take),
  changed: take,
  deleted: take,
});
