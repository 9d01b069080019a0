import { z } from 'zod';
import type { Route } from '../identity/routes';
import { endpointsOf, type Service, type ServicePod } from '../services/endpoints';

const port = z.union([z.number(), z.object({ number: z.number() }), z.object({ name: z.string() })]);

const backend = z.object({ name: z.string(), port });

/** Ingresses and HTTPRoutes, as far as routes are made of them. */
export const routingSchema = z.object({
  metadata: z.object({
    namespace: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    rules: z
      .array(
        z.object({
          http: z
            .object({
              paths: z.array(
                z.object({
                  path: z.string(),
                  pathType: z.string(),
                  backend: z.object({ service: backend }),
                }),
              ),
            })
            .optional(),
          matches: z.array(z.object({ path: z.object({ type: z.string(), value: z.string() }) })).default([]),
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

type Routing = z.infer<typeof routingSchema>;

/** What routes are made of. */
export interface RoutedObjects {
  readonly routings: readonly Routing[];
  readonly services: readonly Service[];
  readonly pods: readonly ServicePod[];
}

function isServed({ status }: Routing): boolean {
  return (status?.loadBalancer?.ingress ?? []).length > 0 || (status?.parents ?? []).length > 0;
}

const NGINX = 'nginx.ingress.kubernetes.io';

/** What Gafaelfawr is asked about requests, by the annotations that nginx reads. */
function accessOf({ metadata }: Routing): Route['access'] {
  const url = metadata.annotations[`${NGINX}/auth-url`];
  if (url === undefined) return null;
  const { searchParams } = new URL(url);
  const isInternal = searchParams.has('delegate_to');
  return {
    username: searchParams.get('username'),
    scopes: searchParams.getAll('scope'),
    delegate: searchParams.has('notebook') ? 'notebook' : isInternal ? 'internal' : null,
    isBasic: searchParams.get('auth_type') === 'basic',
    hasLogin: metadata.annotations[`${NGINX}/auth-signin`] !== undefined,
  };
}

function upstreamsOf(
  { pods, services }: RoutedObjects,
  namespace: string,
  { name, port }: z.infer<typeof backend>,
): string[] {
  const service = services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  if (!service) return [];
  const wanted = typeof port === 'number' ? port : 'number' in port ? port.number : port.name;
  return endpointsOf(service, wanted, pods).map((endpoint) => `http://${endpoint.host}:${endpoint.port}`);
}

function matchOf(type: string, { metadata }: Routing): Route['match'] {
  if (type === 'Exact') return 'exact';
  const hasPatterns = metadata.annotations[`${NGINX}/use-regex`] === 'true';
  return type === 'ImplementationSpecific' && hasPatterns ? 'pattern' : 'prefix';
}

/** The routes of all Ingresses that have an address and of all HTTPRoutes that are accepted. */
export function routesOf(objects: RoutedObjects): Route[] {
  return objects.routings.filter(isServed).flatMap((routing) => {
    const { namespace } = routing.metadata;
    const access = accessOf(routing);
    const of = (path: string, type: string, to: z.infer<typeof backend>): Route => ({
      path,
      match: matchOf(type, routing),
      upstreams: upstreamsOf(objects, namespace, to),
      access,
    });
    return routing.spec.rules.flatMap(({ http, matches, backendRefs }) => [
      ...(http?.paths ?? []).map(({ path, pathType, backend }) => of(path, pathType, backend.service)),
      ...matches.flatMap(({ path }) => backendRefs.slice(0, 1).map((to) => of(path.value, path.type, to))),
    ]);
  });
}
