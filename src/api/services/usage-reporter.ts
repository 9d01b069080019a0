import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { Counter, Gauge, type Registry } from 'prom-client';
import { type LastActivity, LastActivityTracker } from '../../domain/last-activity';
import type { HubUsageClient, UsageUpdateOutcome } from '../../jupyterhub/usage-updates';

/** Sends the usage reports of many labs to the hub as one sequence of updates. */
export interface UsageReporter {
  /** Enqueues a report. */
  report(activity: LastActivity): void;
  /** Sends the waiting updates as far as the hub accepts them, then ends. */
  close(): Promise<void>;
}

/** Clock and timers; a sleep ends early, without an error, when its signal is aborted. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface UsageReporterOptions {
  readonly hub: HubUsageClient;
  /** Least time between two updates of one user. */
  readonly intervalMs: number;
  readonly logger: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>;
  /** Registry for its metrics. */
  readonly registry: Registry;
  readonly clock?: Clock;
}

const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, { signal }).catch(() => undefined),
};

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/** Longest time for which `close` sends updates. Labs report lost ones again. */
const FLUSH_MS = 10_000;

/** Length of the sleep without waiting updates; a report ends it. */
const LONG_MS = 3_600_000;

/**
 * Creates a reporter that sends updates for one user at a time. While the hub is unavailable, or refuses them, it
 * retries with growing delays; meanwhile it keeps one waiting update per user.
 */
export function createUsageReporter(options: UsageReporterOptions): UsageReporter {
  const { hub, intervalMs, logger, registry, clock = SYSTEM_CLOCK } = options;
  const tracker = new LastActivityTracker(intervalMs);
  const metrics = createUsageMetrics(registry, () => tracker.pendingCount);
  const closing = new AbortController();
  let failures = 0;
  let trouble: string | null = null;
  let idle = new AbortController();

  /** Sends an update; returns the delay before the next request, in ms. */
  async function tell(activity: LastActivity): Promise<number> {
    const outcome = await hub.send(activity);
    if (outcome.kind === 'sent' || outcome.kind === 'dropped') {
      tracker.markReported(activity, clock.now());
      metrics.updates.inc({ outcome: outcome.kind });
      logSettled(activity, outcome);
      failures = 0;
      trouble = null;
      return 0;
    }
    metrics.updates.inc({ outcome: 'failed' });
    if (outcome.problem !== trouble) logFailure(outcome);
    trouble = outcome.problem;
    const wantedMs = outcome.kind === 'unavailable' ? (outcome.retryAfterMs ?? 0) : 0;
    const retryMs = Math.min(Math.max(FIRST_RETRY_MS * 2 ** failures, wantedMs), LONGEST_RETRY_MS);
    failures += 1;
    return retryMs;
  }

  function logSettled({ username }: LastActivity, outcome: UsageUpdateOutcome): void {
    if (failures > 0) logger.info({ failures }, 'the hub takes activity again');
    if (outcome.kind === 'dropped') {
      logger.warn(
        { user: username, status: outcome.status },
        'the hub does not take the activity of this user',
      );
    }
  }

  function logFailure(outcome: Extract<UsageUpdateOutcome, { readonly problem: string }>): void {
    const { kind, problem } = outcome;
    if (kind === 'unavailable') {
      logger.warn({ problem }, 'the hub cannot be told of activity; trying again');
    } else {
      const remedy =
        'give hub.tokenPath the token of a service whose role in the hub has the scope users:activity';
      logger.error({ problem, remedy }, 'the hub refuses to be told of activity; trying again');
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const activity = tracker.due(clock.now());
      if (activity) {
        const pauseMs = await tell(activity);
        if (pauseMs > 0) await clock.sleep(pauseMs, closing.signal);
      } else {
        idle = new AbortController();
        const dueMs = tracker.dueMs ?? clock.now() + LONG_MS;
        await clock.sleep(Math.max(1, dueMs - clock.now()), idle.signal);
      }
    }
  }

  async function flush(): Promise<void> {
    const untilMs = clock.now() + FLUSH_MS;
    for (const activity of tracker.pending) {
      if (clock.now() > untilMs || (await tell(activity)) > 0) return;
    }
  }

  const running = run();
  return {
    report(activity) {
      metrics.reports.inc();
      tracker.record(activity, clock.now());
      idle.abort();
    },
    async close() {
      closing.abort();
      idle.abort();
      await running;
      await flush();
      await hub.close();
    },
  };
}

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
