import { z } from 'zod';
import { LAB_SELECTOR } from '../../src/objects/labels';
import type { KubernetesApi } from '../../stack/kubernetes-api';

const podsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), namespace: z.string() }),
      spec: z.object({ containers: z.array(z.object({ image: z.string() })) }),
      status: z.object({ phase: z.string().optional() }).optional(),
    }),
  ),
});

/** Image tag of pods that the stack's simulated kubelet keeps waiting. */
export const WAITS = 'behaviour-waits';

/** Lets all waiting pods of labs run. Others would stop progressing if their behaviour changed during the start. */
export async function releasePods(cluster: KubernetesApi): Promise<void> {
  const selector = encodeURIComponent(LAB_SELECTOR);
  const { body } = await cluster.send('GET', `/api/v1/pods?labelSelector=${selector}`);
  const waiting = podsSchema
    .parse(body)
    .items.filter(({ spec, status }) => status?.phase === 'Pending' && spec.containers.some(waits));
  const change = { metadata: { annotations: { 'stack.nublado.lsst.io/behaviour': 'fast' } } };
  await Promise.all(
    waiting.map(({ metadata: { name, namespace } }) => {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      return cluster.send('PATCH', path, change, 'application/merge-patch+json');
    }),
  );
}

function waits({ image }: { readonly image: string }): boolean {
  return image.includes(`:${WAITS}`);
}
