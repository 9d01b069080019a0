import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { Counter, Gauge, type Registry } from 'prom-client';
import { type LastActivity, LastActivityTracker } from '../../domain/last-activity';
import type { HubUsageClient, UsageUpdateOutcome } from '../../jupyterhub/usage-updates';

/** One stream of updates to the hub, made of what many labs report. */
export interface UsageReporter {
  /** Takes in a report, to be told when its turn comes. */
  report(activity: LastActivity): void;
  /** Tells the hub what waits, as far as it listens, then ends. */
  close(): Promise<void>;
}

/** Where time comes from; a sleep ends early, without an error, when its signal is aborted. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface UsageReporterOptions {
  readonly hub: HubUsageClient;
  /** Least time between two updates of one user. */
  readonly intervalMs: number;
  readonly logger: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>;
  /** Where its metrics go. */
  readonly registry: Registry;
  readonly clock?: Clock;
}

const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, { signal }).catch(() => undefined),
};

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/** How long a stream that ends goes on telling. Labs report again what is lost. */
const FLUSH_MS = 10_000;

/** Without anything that waits; a report ends it. */
const LONG_MS = 3_600_000;

/**
 * Begins a stream that tells the hub of one user at a time. While the hub is away, or refuses, it tries again, less
 * and less often; what waits meanwhile is one entry per user.
 */
export function createUsageReporter(options: UsageReporterOptions): UsageReporter {
  const { hub, intervalMs, logger, registry, clock = SYSTEM_CLOCK } = options;
  const tracker = new LastActivityTracker(intervalMs);
  const metrics = createUsageMetrics(registry, () => tracker.pendingCount);
  const closing = new AbortController();
  let failures = 0;
  let trouble: string | null = null;
  let idle = new AbortController();

  /** Tells the hub; returns how long to leave it alone. */
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

/** What is counted of activity on its way to the hub. */
export interface UsageMetrics {
  readonly reports: Counter;
  readonly updates: Counter<'outcome'>;
  readonly pending: Gauge;
}

/** Adds the metrics of activity to a registry. */
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
