import { Counter, Gauge, type Registry } from 'prom-client';

/** Metrics of usage reports and of updates to the hub. */
export interface UsageMetrics {
  readonly reports: Counter;
  readonly updates: Counter<'outcome'>;
  readonly pending: Gauge;
}

/** Adds the metrics to a registry. */
export function createUsageMetrics(registry: Registry, readPending: () => number): UsageMetrics {
  return {
    reports: new Counter({
      name: 'nublado_activity_reports_total',
      help: 'Reports of activity that labs have made.',
      registers: [registry],
    }),
    updates: new Counter({
      name: 'nublado_activity_updates_total',
      help: "Updates of users' activity in the hub, by outcome: sent, dropped or failed, which is tried again.",
      labelNames: ['outcome'],
      registers: [registry],
    }),
    pending: new Gauge({
      name: 'nublado_activity_pending',
      help: 'Users whose latest activity the hub has not been told yet.',
      registers: [registry],
      collect() {
        this.set(readPending());
      },
    }),
  };
}
