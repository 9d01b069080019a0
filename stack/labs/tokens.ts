import type { V1Pod, V1ServiceAccountTokenProjection } from '@kubernetes/client-node';
import { z } from 'zod';
import type { KubernetesApi } from '../kubernetes-api';
import { UnreadyPod } from './unready';

const answerSchema = z.object({ status: z.object({ token: z.string() }) });

/** Those parts of a pod's volumes that are tokens of its service account. */
function projectionsIn({ spec }: V1Pod): V1ServiceAccountTokenProjection[] {
  const sources = (spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  return sources.flatMap(({ serviceAccountToken }) => serviceAccountToken ?? []);
}

/**
 * Requests the tokens that a pod's volumes ask for. As those of a kubelet they are bound to the pod: the API server
 * refuses them once it is gone.
 *
 * @throws UnreadyPod when the API server refuses.
 */
export async function requestTokens(
  api: KubernetesApi,
  pod: V1Pod,
): Promise<ReadonlyMap<V1ServiceAccountTokenProjection, string>> {
  const tokens = new Map<V1ServiceAccountTokenProjection, string>();
  const { metadata, spec } = pod;
  const account = spec?.serviceAccountName ?? 'default';
  const path = `/api/v1/namespaces/${metadata?.namespace}/serviceaccounts/${account}/token`;
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: metadata?.name, uid: metadata?.uid };
  for (const projection of projectionsIn(pod)) {
    const { audience, expirationSeconds } = projection;
    const audiences = audience === undefined ? [] : [audience];
    const { status, body } = await api.send('POST', path, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences, expirationSeconds, boundObjectRef },
    });
    if (status >= 300) {
      throw new UnreadyPod('FailedMount', `failed to fetch token: ${JSON.stringify(body)}`);
    }
    tokens.set(projection, answerSchema.parse(body).status.token);
  }
  return tokens;
}
