import underPressure from '@fastify/under-pressure';
import type { FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { ConcurrencyLimit, type LimitName, LimitReached } from '../../domain/limits';
import type { Authentication } from '../authentication/authentication';
import type { LoadSettings } from '../dependencies';
import type { ApiMetrics } from './metrics';

const MINUTE_MS = 60_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route with a long response: these are counted separately from others. */
    isStream?: boolean;
    /** What requests of a route are counted as, by user and minute. Each kind is counted by itself. */
    countedAs?: CountedKind;
  }
}

/** The kinds of requests that are counted by user and minute: those that start something. */
export type CountedKind = 'spawn' | 'fileServer';

const BEYOND_COUNT: Readonly<Record<CountedKind, { readonly limit: LimitName; readonly message: string }>> = {
  spawn: { limit: 'spawns_of_user', message: 'Too many spawns within a minute' },
  fileServer: {
    limit: 'file_servers_of_user',
    message: 'Too many requests for a file server within a minute',
  },
};

export interface LoadLimitOptions {
  readonly limits: LoadSettings;
  readonly limitKeyOf: Authentication['limitKeyOf'];
  readonly metrics: Pick<ApiMetrics, 'requestsUnderWay'>;
}

/** The slot of a request. It is released once the client is gone and the work is done. */
interface Place {
  isWorking: boolean;
  isAnswered: boolean;
  readonly leave: () => void;
}

const isPublic = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config.access === 'public';

/**
 * Refuses requests beyond the limits of concurrent ones, in total and per limit key, before their bodies are read; and
 * spawns and requests for file servers beyond the limits per user and minute. Public routes have no limits. Must be registered after the plugin that
 * admits callers, and before the routes.
 */
export const loadLimits = fastifyPlugin<LoadLimitOptions>(
  async (app, { limits, limitKeyOf, metrics }) => {
    const requests = new ConcurrencyLimit(limits.requests, limits.requestsOfUser);
    const streams = new ConcurrencyLimit(limits.eventStreams, limits.eventStreamsOfUser);
    const places = new WeakMap<FastifyRequest, Place>();
    const counter = (max: number) =>
      app.createRateLimit({
        max,
        timeWindow: MINUTE_MS,
        keyGenerator: (request) => limitKeyOf(request) ?? '',
      });
    const counters: Readonly<Record<CountedKind, ReturnType<typeof counter>>> = {
      spawn: counter(limits.spawnsPerMinute),
      fileServer: counter(limits.fileServersPerMinute),
    };

    const refuseMany = async (request: FastifyRequest): Promise<void> => {
      const { countedAs } = request.routeOptions.config;
      if (countedAs === undefined || limitKeyOf(request) === null) return;
      const counted = await counters[countedAs](request);
      if (!counted.isAllowed && counted.isExceeded) {
        const { limit, message } = BEYOND_COUNT[countedAs];
        throw new LimitReached(limit, message, counted.ttlInSeconds);
      }
    };

    const takePlace = (request: FastifyRequest): (() => void) => {
      const account = limitKeyOf(request);
      const { isStream = false } = request.routeOptions.config;
      const occupancy = isStream ? streams : requests;
      const refusal = occupancy.enter(account);
      if (refusal !== null) throw noPlace(isStream, refusal === 'user full');
      if (!isStream) metrics.requestsUnderWay.inc();
      return () => {
        occupancy.leave(account);
        if (!isStream) metrics.requestsUnderWay.dec();
      };
    };

    app.addHook('onRequest', async (request, reply) => {
      if (request.is404 || isPublic(request)) return;
      await refuseMany(request);
      if (reply.raw.destroyed) return;
      const place: Place = { isWorking: false, isAnswered: false, leave: takePlace(request) };
      places.set(request, place);
      const finish = (): void => {
        if (place.isAnswered) return;
        place.isAnswered = true;
        if (!place.isWorking) place.leave();
      };
      reply.raw.once('finish', finish);
      reply.raw.once('close', finish);
    });

    /* Work continues when its client is gone, and keeps its slot until it is done. */
    app.addHook('onRoute', (route) => {
      const { handler, config } = route;
      if (!config?.access || config.access === 'public') return;
      route.handler = async function work(request, reply) {
        const place = places.get(request);
        if (!place) return handler.call(this, request, reply);
        place.isWorking = true;
        try {
          return await handler.call(this, request, reply);
        } finally {
          place.isWorking = false;
          if (place.isAnswered) place.leave();
        }
      };
    });
  },
  { name: 'load-limits', dependencies: ['@fastify/rate-limit'] },
);

function noPlace(isStream: boolean, isUsers: boolean): LimitReached {
  if (isStream) {
    return isUsers
      ? new LimitReached('event_streams_of_user', 'Too many event streams of this user are open')
      : new LimitReached('event_streams', 'Too many event streams are open');
  }
  return isUsers
    ? new LimitReached('requests_of_user', 'Too many requests of this user are under way')
    : new LimitReached('requests', 'Too many requests are under way');
}

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
