import { z } from 'zod';
import { follow } from '../kubelet/follow';
import type { KubernetesApi } from '../kubernetes-api';
import { podSchema, routesOf, routingSchema, serviceSchema } from './routes';

/** How long changes are collected before the routes are sent, in ms. */
const COLLECT_MS = 20;

/** How often the routes are sent again, for a proxy that has been restarted, in ms. */
const REPEAT_MS = 2_000;

const SELECTOR = `labelSelector=${encodeURIComponent('nublado.lsst.io/category=fileserver')}`;

const report = (error: unknown): void => console.error(error);

const identitySchema = z.object({ metadata: z.object({ uid: z.string() }) });

const uidOf = (object: unknown): string => identitySchema.parse(object).metadata.uid;

/** The objects of one kind, by UID, kept up to date. */
function kept<T>(
  api: KubernetesApi,
  path: string,
  schema: z.ZodType<T>,
  onChange: () => void,
): Map<string, T> {
  const objects = new Map<string, T>();
  const put = (object: unknown) => objects.set(uidOf(object), schema.parse(object));
  void follow(api, path, SELECTOR, {
    listed(items) {
      objects.clear();
      items.forEach(put);
      onChange();
    },
    changed(object) {
      put(object);
      onChange();
    },
    deleted(object) {
      objects.delete(uidOf(object));
      onChange();
    },
  });
  return objects;
}

/** Tells the authenticating proxy, by its control API, where the Ingresses and HTTPRoutes of file servers lead. */
export function keepRouting(api: KubernetesApi, controlUrl: string): void {
  let pending: NodeJS.Timeout | undefined;
  const send = async (): Promise<void> => {
    pending = undefined;
    const routes = routesOf({
      routings: [...ingresses.values(), ...httpRoutes.values()],
      services: [...services.values()],
      pods: [...pods.values()],
    });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${controlUrl}/routes`, { method: 'PUT', headers, body: JSON.stringify(routes) });
  };
  const sendSoon = () => {
    pending ??= setTimeout(() => void send().catch(report), COLLECT_MS);
  };
  const ingresses = kept(api, '/apis/networking.k8s.io/v1/ingresses', routingSchema, sendSoon);
  const httpRoutes = kept(api, '/apis/gateway.networking.k8s.io/v1/httproutes', routingSchema, sendSoon);
  const services = kept(api, '/api/v1/services', serviceSchema, sendSoon);
  const pods = kept(api, '/api/v1/pods', podSchema, sendSoon);
  setInterval(sendSoon, REPEAT_MS);
}
