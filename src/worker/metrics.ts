import type { Client, ScheduleDescription } from '@temporalio/client';
import { Counter, Gauge, Registry } from 'prom-client';
import type { HubDependencies } from '../activities/hub';
import type { Decision } from '../domain/reconciliation';
import { describeSchedule } from '../temporal/schedules';
import { OPEN_LABS } from '../workflow-clients/lab/executions';
import { SCHEDULES, type ScheduledWorkflow } from '../workflow-clients/schedules';
import { watchCheckpointAge } from '../workflow-clients/watch';

const RUNNING_LABS = `${OPEN_LABS} AND LabStatus='running'`;
const READ_DEADLINE_MS = 3_000;

/** Metrics of a worker about labs, reconciliation, and workflows that must always run. */
export interface WorkerMetrics {
  readonly registry: Registry;
  readonly onDecision: (kind: Decision['kind']) => void;
  readonly onHubNotification: HubDependencies['onHubNotification'];
}

/** Creates the metrics in their own registry. Gauges are read from Temporal at every scrape. */
export function createWorkerMetrics(client: Client): WorkerMetrics {
  const registry = new Registry();
  const read = <Answer>(ask: () => Promise<Answer>): Promise<Answer | number> =>
    client.connection.withDeadline(Date.now() + READ_DEADLINE_MS, ask).catch(() => Number.NaN);
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
  const labs: Gauge = new Gauge({
    name: 'nublado_active_labs',
    help: 'Running labs in the whole installation; NaN when Temporal does not answer.',
    registers: [registry],
    collect: async () => labs.set(await read(async () => (await client.workflow.count(RUNNING_LABS)).count)),
  });
  const checkpointAge = watchCheckpointAge(client);
  const watch: Gauge = new Gauge({
    name: 'nublado_watch_checkpoint_age_seconds',
    help: 'Time since the watch of pods last followed the cluster; NaN when Temporal does not answer.',
    registers: [registry],
    collect: async () => watch.set(await read(checkpointAge)),
  });
  const paused: Gauge = new Gauge({
    name: 'nublado_schedule_paused',
    help: 'Whether operators have paused a schedule, which must then be resumed by them; absent where there is none.',
    labelNames: ['schedule'],
    registers: [registry],
    collect: async () => {
      const types = Object.keys(SCHEDULES) as ScheduledWorkflow[];
      const states = await Promise.all(
        types.map((type) => read(async () => pausedValue(await describeSchedule(client, SCHEDULES[type])))),
      );
      paused.reset();
      for (const [index, type] of types.entries()) {
        const state = states[index] ?? null;
        if (state !== null) paused.set({ schedule: SCHEDULES[type].scheduleId }, state);
      }
    },
  });
  return {
    registry,
    onDecision: (decision) => decisions.inc({ decision }),
    onHubNotification: (result) => notices.inc({ result }),
  };
}

function pausedValue(schedule: ScheduleDescription | null): number | null {
  return schedule && Number(schedule.state.paused);
}
