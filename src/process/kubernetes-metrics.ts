import { Counter, Registry } from 'prom-client';
import type { RequestObservation } from '../kubernetes/http';

/** Counts the requests that a process makes to the API server. */
export interface KubernetesMetrics {
  readonly registry: Registry;
  readonly observe: (observation: RequestObservation) => void;
}

/** Creates the metrics in their own registry. */
export function createKubernetesMetrics(): KubernetesMetrics {
  const registry = new Registry();
  const requests = new Counter({
    name: 'nublado_kubernetes_requests_total',
    help: 'Requests to the API server; status 0 stands for no answer.',
    labelNames: ['verb', 'resource', 'status'],
    registers: [registry],
  });
  return {
    registry,
    observe: ({ verb, resource, status }) => {
      requests.inc({ verb, resource, status: status ?? 0 });
    },
  };
}
