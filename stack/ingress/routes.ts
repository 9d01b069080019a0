import { z } from 'zod';
import type { Route } from '../identity/routes';

const labels = z.record(z.string(), z.string()).default({});

const backend = z.object({ name: z.string(), port: z.union([z.number(), z.object({ number: z.number() })]) });

const metadata = z.object({
  namespace: z.string(),
  labels,
  annotations: z.record(z.string(), z.string()).default({}),
});

/** Ingresses and HTTPRoutes, as far as routes are made of them. */
export const routingSchema = z.object({
  metadata,
  spec: z.object({
    rules: z
      .array(
        z.object({
          http: z
            .object({
              paths: z.array(z.object({ path: z.string(), backend: z.object({ service: backend }) })),
            })
            .optional(),
          matches: z.array(z.object({ path: z.object({ value: z.string() }) })).default([]),
          backendRefs: z.array(backend).default([]),
        }),
      )
      .default([]),
  }),
  status: z
    .object({
      loadBalancer: z.object({ ingress: z.array(z.unknown()).default([]) }).optional(),
      parents: z.array(z.unknown()).optional(),
    })
    .optional(),
});

export const serviceSchema = z.object({
  metadata: metadata.extend({ name: z.string() }),
  spec: z.object({ selector: labels }),
});

export const podSchema = z.object({
  metadata: metadata.extend({ deletionTimestamp: z.string().optional() }),
  status: z.object({ phase: z.string().optional(), podIP: z.string().optional() }).default({}),
});

type Routing = z.infer<typeof routingSchema>;

/** What routes are made of. */
export interface RoutedObjects {
  readonly routings: readonly Routing[];
  readonly services: readonly z.infer<typeof serviceSchema>[];
  readonly pods: readonly z.infer<typeof podSchema>[];
}

function isServed({ status }: Routing): boolean {
  return (status?.loadBalancer?.ingress ?? []).length > 0 || (status?.parents ?? []).length > 0;
}

const AUTH_URL = 'nginx.ingress.kubernetes.io/auth-url';

/** What Gafaelfawr is asked about requests, by the annotation that nginx reads. */
function accessOf({ metadata }: Routing): Route['access'] {
  const url = metadata.annotations[AUTH_URL];
  if (url === undefined) return null;
  const { searchParams } = new URL(url);
  return { username: searchParams.get('username'), scopes: searchParams.getAll('scope') };
}

/** The pod behind a Service. Its EndpointSlices are of no use: they cannot have addresses on loopback. */
function upstreamOf(
  { pods, services }: RoutedObjects,
  namespace: string,
  { name, port }: z.infer<typeof backend>,
): string | null {
  const service = services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  const selector = Object.entries(service?.spec.selector ?? {});
  const pod = pods.find(
    ({ metadata, status }) =>
      metadata.namespace === namespace &&
      metadata.deletionTimestamp === undefined &&
      status.phase === 'Running' &&
      selector.length > 0 &&
      selector.every(([label, value]) => metadata.labels[label] === value),
  );
  const number = typeof port === 'number' ? port : port.number;
  return pod?.status.podIP === undefined ? null : `http://${pod.status.podIP}:${number}`;
}

/** The routes of all Ingresses that have an address and of all HTTPRoutes that are accepted. */
export function routesOf(objects: RoutedObjects): Route[] {
  return objects.routings.filter(isServed).flatMap((routing) => {
    const { namespace } = routing.metadata;
    const access = accessOf(routing);
    const of = (path: string, to: z.infer<typeof backend>): Route => ({
      path,
      upstream: upstreamOf(objects, namespace, to),
      access,
    });
    return routing.spec.rules.flatMap(({ http, matches, backendRefs }) => [
      ...(http?.paths ?? []).map(({ path, backend }) => of(path, backend.service)),
      ...matches.flatMap(({ path }) => backendRefs.slice(0, 1).map((to) => of(path.value, to))),
    ]);
  });
}
