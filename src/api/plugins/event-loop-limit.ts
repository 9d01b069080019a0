import underPressure from '@fastify/under-pressure';
import fastifyPlugin from 'fastify-plugin';
import { LimitReached } from '../../domain/limits';

/** Over how many times the limit the mean is taken: a single long turn of the loop is no overload. */
const SAMPLES = 2.5;

/** Refuses all but public routes while the event loop is late, so that the process gets through what it has accepted. */
export const eventLoopLimit = fastifyPlugin<{ readonly maxDelayMs: number }>(
  async (app, { maxDelayMs }) => {
    await app.register(underPressure, {
      maxEventLoopDelay: maxDelayMs,
      sampleInterval: maxDelayMs * SAMPLES,
      pressureHandler: async (request) => {
        if (request.routeOptions.config.access === 'public') return;
        throw new LimitReached('event_loop', 'The service is overloaded');
      },
    });
  },
  { name: 'event-loop-limit' },
);
