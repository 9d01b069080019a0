import underPressure from '@fastify/under-pressure';
import fastifyPlugin from 'fastify-plugin';
import { LimitReached } from '../../domain/limits';

/** For how many times the limit one mean is taken. */
const SAMPLE = 2;

/** How many means in a row must be beyond the limit: a single long turn, as at a start, is no overload. */
const LATE_SAMPLES = 2;

/** Refuses all but public routes while the event loop stays late, so that the process gets through what it has accepted. */
export const eventLoopLimit = fastifyPlugin<{ readonly maxDelayMs: number }>(
  async (app, { maxDelayMs }) => {
    const sampleInterval = maxDelayMs * SAMPLE;
    let late = 0;
    await app.register(underPressure, {
      maxEventLoopDelay: maxDelayMs,
      sampleInterval,
      pressureHandler: async (request) => {
        if (late < LATE_SAMPLES || request.routeOptions.config.access === 'public') return;
        throw new LimitReached('event_loop', 'The service is overloaded');
      },
    });
    const look = setInterval(() => {
      late = app.isUnderPressure() ? late + 1 : 0;
    }, sampleInterval).unref();
    app.addHook('onClose', async () => clearInterval(look));
  },
  { name: 'event-loop-limit' },
);
