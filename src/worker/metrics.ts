import type { Client } from '@temporalio/client';
import { Counter, Gauge, Registry } from 'prom-client';
import type { HubDependencies } from '../activities/hub';
import type { Decision } from '../domain/reconciliation';
import { OPEN_LABS } from '../temporal/open-labs';

const RUNNING_LABS = `${OPEN_LABS} AND LabStatus='running'`;
const COUNT_DEADLINE_MS = 3_000;

/** What a worker tells of labs and of reconciliation. */
export interface WorkerMetrics {
  readonly registry: Registry;
  readonly onDecision: (kind: Decision['kind']) => void;
  readonly onNotice: HubDependencies['onNotice'];
}

/** Makes the metrics in a registry of their own. Labs are counted by Temporal whenever they are asked for. */
export function createWorkerMetrics(client: Client): WorkerMetrics {
  const registry = new Registry();
  const decisions = new Counter({
    name: 'nublado_reconciliation_decisions_total',
    help: 'Differences between cluster and workflows, by what was done about them.',
    labelNames: ['decision'],
    registers: [registry],
  });
  const notices = new Counter({
    name: 'nublado_hub_notices_total',
    help: 'Attempts to tell the hub that a lab has ended, by result.',
    labelNames: ['result'],
    registers: [registry],
  });
  const count = () => client.workflow.count(RUNNING_LABS);
  const labs: Gauge = new Gauge({
    name: 'nublado_active_labs',
    help: 'Running labs in the whole installation; NaN when Temporal does not answer.',
    registers: [registry],
    collect: async () => {
      const counted = client.connection.withDeadline(Date.now() + COUNT_DEADLINE_MS, count);
      labs.set(await counted.then(({ count }) => count).catch(() => Number.NaN));
    },
  });
  return {
    registry,
    onDecision: (decision) => decisions.inc({ decision }),
    onNotice: (result) => notices.inc({ result }),
  };
}
