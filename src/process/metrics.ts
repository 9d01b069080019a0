import { Counter, Registry } from 'prom-client';
import type { RequestObservation } from '../kubernetes/http';
import type { MetricsPage } from './run';

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** Joins pages into one. Their metrics must have different names. */
export function joinPages(pages: readonly MetricsPage[]): MetricsPage {
  return {
    contentType: PROMETHEUS_TEXT,
    async metrics() {
      return (await Promise.all(pages.map((page) => page.metrics()))).join('\n');
    },
  };
}

/** The page that the Temporal SDK serves on its own port. */
export function temporalPage(address: string): MetricsPage {
  return {
    contentType: PROMETHEUS_TEXT,
    async metrics() {
      const answer = await fetch(`http://${address}/metrics`);
      return answer.text();
    },
  };
}

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
