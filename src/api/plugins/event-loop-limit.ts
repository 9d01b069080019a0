import underPressure from '@fastify/under-pressure';
import fastifyPlugin from 'fastify-plugin';
import { LimitReached } from '../../domain/limits';

/** Length of one sample, as a multiple of the limit. */
const SAMPLE = 2;

/** Number of consecutive samples with a mean beyond the limit: one long turn, as at the start, is no overload. */
const LATE_SAMPLES = 2;

/** Refuses all but public routes while the event loop is delayed, so that the process completes accepted requests. */
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
