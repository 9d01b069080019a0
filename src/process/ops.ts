import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  LogController,
} from 'fastify';
import { errorMessage } from '../domain/errors';
import type { MetricsPage, ReadinessChecks, ReadinessNotes } from './run';

/** Timeout of a check; below those of the probes, as the Helm chart sets them. */
export const CHECK_TIMEOUT_MS = 3_000;

/** Result of all checks, with the names of failed ones; the errors are only logged. */
interface Readiness {
  readonly status: 'ok' | 'unavailable';
  readonly checks: Readonly<Record<string, 'ok' | 'failed'>>;
  readonly [note: string]: unknown;
}

function within(milliseconds: number, work: () => Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => late.reject(new Error(`No answer in ${milliseconds} ms`)), milliseconds);
  // Within the race, so that a check that throws at once leaves no timer with an unhandled rejection.
  return Promise.race([(async () => work())(), late.promise]).finally(() => clearTimeout(timer));
}

/** Routes of the liveness and readiness probes. */
export function healthRoutes(
  checks: ReadinessChecks,
  notes: ReadinessNotes = () => ({}),
): FastifyPluginAsync {
  return async (app) => {
    const options = { config: { access: 'public', isProbe: true }, schema: { hide: true } } as const;

    app.get('/healthz', options, async () => ({ status: 'ok' }));

    app.get('/readyz', options, async (request, reply) => {
      const outcomes = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => {
          try {
            await within(CHECK_TIMEOUT_MS, check);
            return [name, 'ok'] as const;
          } catch (error) {
            request.log.warn({ err: error, check: name }, 'readiness check failed');
            return [name, 'failed'] as const;
          }
        }),
      );
      const isReady = outcomes.every(([, outcome]) => outcome === 'ok');
      const answer: Readiness = {
        ...notes(),
        status: isReady ? 'ok' : 'unavailable',
        checks: Object.fromEntries(outcomes),
      };
      return reply.code(isReady ? 200 : 503).send(answer);
    });
  };
}

/** A check that keeps a process from becoming ready for a limited time. */
export interface PatientCheck {
  readonly check: () => Promise<void>;
  /** The error of the last check, although the process is ready; null without one. */
  readonly note: () => string | null;
}

/**
 * Makes a check that fails until `inner` has passed once, for at most `patienceMs`. After that the process is ready, so
 * that callers get the errors of their requests instead of no process. `now` is in milliseconds.
 */
export function patient(
  inner: () => Promise<unknown>,
  patienceMs: number,
  now: () => number = () => performance.now(),
): PatientCheck {
  const startedAt = now();
  let hasPassed = false;
  let note: string | null = null;
  return {
    async check() {
      try {
        await inner();
        hasPassed = true;
        note = null;
      } catch (error) {
        const isOver = now() - startedAt >= patienceMs;
        note = hasPassed || isOver ? errorMessage(error) : null;
        if (note === null) throw error;
      }
    },
    note: () => note,
  };
}

/** Builds the operators' listener: probes and metrics, separate from the API so that load does not delay them. */
export async function buildOps(dependencies: {
  readonly logger: FastifyBaseLogger;
  readonly checks: ReadinessChecks;
  readonly notes: ReadinessNotes;
  readonly metrics: MetricsPage;
}): Promise<FastifyInstance> {
  const { metrics } = dependencies;
  const app = fastify({
    loggerInstance: dependencies.logger,
    logController: new LogController({ disableRequestLogging: true }),
  });
  await app.register(healthRoutes(dependencies.checks, dependencies.notes));
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
  await app.ready();
  return app;
}
