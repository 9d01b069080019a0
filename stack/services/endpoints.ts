import { z } from 'zod';

const labels = z.record(z.string(), z.string()).default({});

const portValue = z.union([z.number(), z.string()]);

/** A Service, as far as connections are made by it. */
export const serviceSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string(), uid: z.string() }),
  spec: z.object({
    clusterIP: z.string().optional(),
    selector: labels,
    ports: z
      .array(
        z.object({
          name: z.string().optional(),
          port: z.number(),
          targetPort: portValue.optional(),
          protocol: z.string().default('TCP'),
        }),
      )
      .default([]),
  }),
});

/** A pod, as far as Services lead to it. */
export const podSchema = z.object({
  metadata: z.object({
    namespace: z.string(),
    uid: z.string(),
    labels,
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({
    containers: z.array(
      z.object({
        ports: z.array(z.object({ name: z.string().optional(), containerPort: z.number() })).default([]),
      }),
    ),
  }),
  status: z
    .object({
      podIP: z.string().optional(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ conditions: [] }),
});

export type Service = z.infer<typeof serviceSchema>;

export type ServicePod = z.infer<typeof podSchema>;

/** Where a connection leads. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const isReady = ({ metadata, status }: ServicePod): boolean =>
  metadata.deletionTimestamp === undefined &&
  status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');

function portOf({ spec }: ServicePod, target: number | string): number | undefined {
  if (typeof target === 'number') return target;
  const ports = spec.containers.flatMap(({ ports }) => ports);
  return ports.find(({ name }) => name === target)?.containerPort;
}

/**
 * The pods behind a port of a Service, by its number or name: those that are ready and not being deleted, as the endpoints
 * controller has it. EndpointSlices are of no use here: they cannot have addresses on loopback.
 */
export function endpointsOf(
  { metadata, spec }: Service,
  port: number | string,
  pods: readonly ServicePod[],
): Endpoint[] {
  const selector = Object.entries(spec.selector);
  const found = spec.ports.find((one) => one.port === port || one.name === port);
  if (!found || selector.length === 0) return [];
  const selected = pods.filter(
    (pod) =>
      pod.metadata.namespace === metadata.namespace &&
      selector.every(([label, value]) => pod.metadata.labels[label] === value) &&
      isReady(pod),
  );
  return selected.flatMap((pod) => {
    const number = portOf(pod, found.targetPort ?? found.port);
    const host = pod.status.podIP;
    return host === undefined || number === undefined ? [] : [{ host, port: number }];
  });
}
