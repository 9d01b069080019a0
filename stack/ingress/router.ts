import { type Kept, keep } from '../kubelet/kept';
import type { KubernetesApi } from '../kubernetes-api';
import { podSchema, serviceSchema } from '../services/endpoints';
import { routesOf, routingSchema } from './routes';

/** How long changes are collected before the routes are sent, in ms. */
const COLLECT_MS = 20;

/** How often the routes are sent again, for a proxy that has been restarted, in ms. */
const REPEAT_MS = 2_000;

const FILE_SERVERS = `labelSelector=${encodeURIComponent('nublado.lsst.io/category=fileserver')}`;

const report = (error: unknown): void => console.error(error);

/**
 * Tells the authenticating proxy, by its control API, where Ingresses and HTTPRoutes lead: those of file servers in all
 * namespaces, and all in `namespace`, which is that of the chart.
 */
export function keepRouting(api: KubernetesApi, controlUrl: string, namespace: string | undefined): void {
  let pending: NodeJS.Timeout | undefined;
  const send = async (): Promise<void> => {
    pending = undefined;
    const routes = routesOf({ routings: routings(), services: services(), pods: pods() });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${controlUrl}/routes`, { method: 'PUT', headers, body: JSON.stringify(routes) });
  };
  const onChange = () => {
    pending ??= setTimeout(() => void send().catch(report), COLLECT_MS);
  };

  /** The objects of a kind, those that are in both collections once. */
  function kept<T>(group: string, kind: string, schema: Kept<T>['schema']): () => T[] {
    const all = [
      keep(api, { path: `${group}/${kind}`, selector: FILE_SERVERS, schema, onChange }),
      ...(namespace === undefined
        ? []
        : [keep(api, { path: `${group}/namespaces/${namespace}/${kind}`, schema, onChange })]),
    ];
    return () => [...new Map(all.flatMap((objects) => [...objects])).values()];
  }

  const ingresses = kept('/apis/networking.k8s.io/v1', 'ingresses', routingSchema);
  const httpRoutes = kept('/apis/gateway.networking.k8s.io/v1', 'httproutes', routingSchema);
  const routings = () => [...ingresses(), ...httpRoutes()];
  const services = kept('/api/v1', 'services', serviceSchema);
  const pods = kept('/api/v1', 'pods', podSchema);
  setInterval(onChange, REPEAT_MS);
}
