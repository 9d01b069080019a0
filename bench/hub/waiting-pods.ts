import { z } from 'zod';
import { LAB_SELECTOR } from '../../src/objects/labels';
import type { KubernetesApi } from '../../stack/kubernetes-api';

const podsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), namespace: z.string() }),
      status: z.object({ phase: z.string().optional() }).optional(),
    }),
  ),
});

/** Lets all pods of labs run that wait for it, which the stack's simulated kubelet has them do by their image. */
export async function releasePods(cluster: KubernetesApi): Promise<void> {
  const selector = encodeURIComponent(LAB_SELECTOR);
  const { body } = await cluster.send('GET', `/api/v1/pods?labelSelector=${selector}`);
  const waiting = podsSchema.parse(body).items.filter(({ status }) => status?.phase === 'Pending');
  const change = { metadata: { annotations: { 'stack.nublado.lsst.io/behaviour': 'fast' } } };
  await Promise.all(
    waiting.map(({ metadata: { name, namespace } }) => {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      return cluster.send('PATCH', path, change, 'application/merge-patch+json');
    }),
  );
}
