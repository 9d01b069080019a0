import type {
  V1ConfigMap,
  V1Container,
  V1Pod,
  V1ServiceAccountTokenProjection,
} from '@kubernetes/client-node';
import type { KubernetesApi } from '../kubernetes-api';
import { requestTokens } from './tokens';

/** The entries of a ConfigMap or of a Secret. */
export type Payload = ReadonlyMap<string, Buffer>;

/** The existing ConfigMaps and Secrets that a pod refers to, and the tokens of its service account that it asks for. */
export interface ClusterObjects {
  readonly configMaps: ReadonlyMap<string, Payload>;
  readonly secrets: ReadonlyMap<string, Payload>;
  readonly tokens: ReadonlyMap<V1ServiceAccountTokenProjection, string>;
}

interface Names {
  readonly configMaps: readonly (string | undefined)[];
  readonly secrets: readonly (string | undefined)[];
}

function namesIn(pod: V1Pod, { env = [], envFrom = [] }: V1Container): Names {
  const volumes = pod.spec?.volumes ?? [];
  const projections = volumes.flatMap(({ projected }) => projected?.sources ?? []);
  return {
    configMaps: [
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
      ...envFrom.map(({ configMapRef }) => configMapRef?.name),
      ...volumes.map(({ configMap }) => configMap?.name),
      ...projections.map(({ configMap }) => configMap?.name),
    ],
    secrets: [
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...envFrom.map(({ secretRef }) => secretRef?.name),
      ...volumes.map(({ secret }) => secret?.secretName),
      ...projections.map(({ secret }) => secret?.name),
    ],
  };
}

/** Decodes `data`: text in ConfigMaps, base64 in Secrets. */
function payloadOf({ data, binaryData }: V1ConfigMap, encoding: 'utf8' | 'base64'): Payload {
  return new Map([
    ...Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, encoding)] as const),
    ...Object.entries(binaryData ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const),
  ]);
}

/**
 * Reads the objects of a container's environment and its pod's volumes. Those that do not exist are left out.
 *
 * @throws UnreadyPod when the service account has no token for the pod.
 */
export async function readObjects(
  api: KubernetesApi,
  pod: V1Pod,
  container: V1Container,
): Promise<ClusterObjects> {
  const names = namesIn(pod, container);
  const read = async (kind: string, wanted: Names['secrets'], encoding: 'utf8' | 'base64') => {
    const found = new Map<string, Payload>();
    for (const name of new Set(wanted.filter((name) => name !== undefined))) {
      const path = `/api/v1/namespaces/${pod.metadata?.namespace}/${kind}/${name}`;
      const { status, body } = await api.send('GET', path);
      if (status === 200) found.set(name, payloadOf(body as V1ConfigMap, encoding));
      else if (status !== 404) throw new Error(`GET ${path} gave ${status}`);
    }
    return found;
  };
  return {
    configMaps: await read('configmaps', names.configMaps, 'utf8'),
    secrets: await read('secrets', names.secrets, 'base64'),
    tokens: await requestTokens(api, pod),
  };
}
