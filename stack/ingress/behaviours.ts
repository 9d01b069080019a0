import { z } from 'zod';
import { AFTER_ANNOTATION } from '../kubelet/behaviours';

/** Annotation of an Ingress, an HTTPRoute or the template of a GafaelfawrIngress that selects a behaviour. */
export const INGRESS_ANNOTATION = 'stack.nublado.lsst.io/ingress';

/** Behaviours of what serves Ingresses; a change of the annotation takes effect at once. */
export const INGRESS_BEHAVIOURS = ['address', 'hostname', 'no-address', 'no-ingress'] as const;

export type IngressBehaviour = (typeof INGRESS_BEHAVIOURS)[number];

/** The address and the host of the load balancer. */
export const LOAD_BALANCER = { ip: '192.0.2.1', hostname: 'load-balancer.example' } as const;

type Annotations = Readonly<Record<string, string>>;

/** The selected behaviour; `address` for none and for an unknown one. */
export function ingressBehaviourOf(annotations: Annotations): IngressBehaviour {
  return INGRESS_BEHAVIOURS.find((known) => known === annotations[INGRESS_ANNOTATION]) ?? 'address';
}

/** How long after its creation an Ingress gets its address, in ms; by default at once. */
export function addressDelayMs(annotations: Annotations): number {
  const [, amount = '0', unit = 'ms'] = /^(\d+)(ms|s)$/.exec(annotations[AFTER_ANNOTATION] ?? '') ?? [];
  return Number(amount) * (unit === 's' ? 1000 : 1);
}

/** What an Ingress or an HTTPRoute is read for. */
export const servedSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    generation: z.number(),
    creationTimestamp: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({ parentRefs: z.array(z.unknown()).default([]) }),
  status: z.unknown().optional(),
});

export type Served = z.infer<typeof servedSchema>;

/** The status of an Ingress by its behaviour. */
export function balancerStatus({ metadata }: Served): object {
  switch (ingressBehaviourOf(metadata.annotations)) {
    case 'address':
      return { loadBalancer: { ingress: [{ ip: LOAD_BALANCER.ip }] } };
    case 'hostname':
      return { loadBalancer: { ingress: [{ hostname: LOAD_BALANCER.hostname }] } };
    case 'no-address':
    case 'no-ingress':
      return { loadBalancer: {} };
  }
}

/** The status of an HTTPRoute: every Gateway accepts it, or none has taken it up. */
export function routeStatus({ metadata, spec }: Served): object {
  const behaviour = ingressBehaviourOf(metadata.annotations);
  if (behaviour === 'no-address' || behaviour === 'no-ingress') return { parents: [] };
  return {
    parents: spec.parentRefs.map((parentRef) => ({
      parentRef,
      controllerName: 'stack.nublado.lsst.io/ingress',
      conditions: ['Accepted', 'ResolvedRefs'].map((type) => ({
        type,
        status: 'True',
        reason: type,
        message: '',
        observedGeneration: metadata.generation,
        lastTransitionTime: metadata.creationTimestamp,
      })),
    })),
  };
}
