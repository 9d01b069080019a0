import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { V1Ingress } from '@kubernetes/client-node';
import { z } from 'zod';
import { follow } from '../kubelet/follow';
import { type KubernetesApi, kubernetesApi } from '../kubernetes-api';
import {
  addressDelayMs,
  balancerStatus,
  ingressBehaviourOf,
  routeStatus,
  type Served,
  servedSchema,
} from './behaviours';
import { createdStatus, type GafaelfawrIngress, gafaelfawrIngressSchema, ingressOf } from './gafaelfawr';
import { keepRouting } from './router';

/**
 * What serves Ingresses: Gafaelfawr, which makes an Ingress of each GafaelfawrIngress, an ingress controller, which gives
 * Ingresses an address, and Gateways, which accept HTTPRoutes. A process of its own, with the administrator's kubeconfig,
 * the URL of the identity service's control API, whose proxy forwards the requests, and the chart's namespace, if any, as
 * arguments.
 */
const { positionals } = parseArgs({ allowPositionals: true });

const INGRESSES = '/apis/networking.k8s.io/v1';
const ROUTES = '/apis/gateway.networking.k8s.io/v1';
const GAFAELFAWR = '/apis/gafaelfawr.lsst.io/v1alpha1';

const existingSchema = z.object({
  metadata: z.object({
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({ rules: z.unknown() }),
});

/** Creates the Ingress of a GafaelfawrIngress, or replaces one of that name which is not as it should be. */
async function makeIngress(api: KubernetesApi, parent: GafaelfawrIngress): Promise<void> {
  const { metadata, template } = parent;
  if (metadata.deletionTimestamp || ingressBehaviourOf(template.metadata.annotations) === 'no-ingress')
    return;
  const { namespace } = metadata;
  const collection = `${INGRESSES}/namespaces/${namespace}/ingresses`;
  const path = `${collection}/${template.metadata.name}`;
  const ingress = ingressOf(parent);
  const { status, body } = await api.send('GET', path);
  const existing = status === 200 ? existingSchema.parse(body) : null;
  if (existing && isAsWanted(existing, ingress)) return;
  const answer = existing
    ? await api.send('PUT', path, withVersion(ingress, existing.metadata.resourceVersion))
    : await api.send('POST', collection, ingress);
  if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  const change = { status: createdStatus(parent, existing ? 'Updated' : 'Created') };
  const parentPath = `${GAFAELFAWR}/namespaces/${namespace}/gafaelfawringresses/${metadata.name}`;
  await api.send('PATCH', `${parentPath}/status`, change, 'application/merge-patch+json');
}

const withVersion = (ingress: V1Ingress, resourceVersion: string): V1Ingress => ({
  ...ingress,
  metadata: { ...ingress.metadata, resourceVersion },
});

/** Whether an Ingress needs no update, by what Gafaelfawr compares. */
function isAsWanted({ metadata, spec }: z.infer<typeof existingSchema>, wanted: V1Ingress): boolean {
  return (
    isDeepStrictEqual(metadata.labels, wanted.metadata?.labels) &&
    isDeepStrictEqual(metadata.annotations, wanted.metadata?.annotations) &&
    isDeepStrictEqual(spec.rules, wanted.spec?.rules)
  );
}

/** Gives an object its status, not before the delay after its creation. */
async function serve(path: string, object: Served, statusOf: (object: Served) => object): Promise<void> {
  const { annotations, creationTimestamp } = object.metadata;
  const waitMs = Date.parse(creationTimestamp) + addressDelayMs(annotations) - Date.now();
  if (addressDelayMs(annotations) > 0 && waitMs > 0) await delay(waitMs);
  const { status, body } = await api.send('GET', path);
  if (status === 404) return;
  const current = servedSchema.parse(body);
  const wanted = statusOf(current);
  if (isDeepStrictEqual(current.status, wanted)) return;
  const replacement = [{ op: 'add', path: '/status', value: wanted }];
  const patched = await api.send('PATCH', `${path}/status`, replacement, 'application/json-patch+json');
  if (patched.status >= 300 && patched.status !== 404) {
    throw new Error(`${path}: ${JSON.stringify(patched.body)}`);
  }
}

const report = (error: unknown): void => console.error(error);

/** Follows all objects of a kind; what is done about one that fails is done again at its next change. */
function followAll<T>(path: string, schema: z.ZodType<T>, act: (object: T) => Promise<void>): void {
  const take = (object: unknown): void => {
    const { data, error } = schema.safeParse(object);
    if (data === undefined) report(error);
    else void act(data).catch(report);
  };
  void follow(api, path, '', {
    listed: (objects) => objects.forEach(take),
    changed: take,
    deleted: () => undefined,
  });
}

const api = kubernetesApi(positionals[0] ?? '');

keepRouting(api, positionals[1] ?? '', positionals[2]);
followAll(`${GAFAELFAWR}/gafaelfawringresses`, gafaelfawrIngressSchema, (parent) => makeIngress(api, parent));
followAll(`${INGRESSES}/ingresses`, servedSchema, (ingress) =>
  serve(
    `${INGRESSES}/namespaces/${ingress.metadata.namespace}/ingresses/${ingress.metadata.name}`,
    ingress,
    balancerStatus,
  ),
);
followAll(`${ROUTES}/httproutes`, servedSchema, (route) =>
  serve(
    `${ROUTES}/namespaces/${route.metadata.namespace}/httproutes/${route.metadata.name}`,
    route,
    routeStatus,
  ),
);
