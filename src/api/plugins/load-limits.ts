import underPressure from '@fastify/under-pressure';
import type { FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { ConcurrencyLimit, LimitReached } from '../../domain/limits';
import type { Authentication } from '../authentication/authentication';
import type { LoadSettings } from '../dependencies';
import type { ApiMetrics } from './metrics';

const MINUTE_MS = 60_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Routes whose answers last: they are counted apart from others. */
    isStream?: boolean;
  }
}

export interface LoadLimitOptions {
  readonly limits: LoadSettings;
  readonly limitKeyOf: Authentication['limitKeyOf'];
  readonly metrics: Pick<ApiMetrics, 'requestsUnderWay'>;
}

/** A place that a request has taken. It is free again once its client is gone and its work is done. */
interface Place {
  isWorking: boolean;
  isAnswered: boolean;
  readonly leave: () => void;
}

const isPublic = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config.access === 'public';

/**
 * Refuses requests beyond what is under way already, in all and on the account of one user, before their bodies are
 * read; and spawns beyond what a user may ask for in a minute. Public routes are left alone. Must be registered after
 * callers are admitted, and before the routes.
 */
export const loadLimits = fastifyPlugin<LoadLimitOptions>(
  async (app, { limits, limitKeyOf, metrics }) => {
    const requests = new ConcurrencyLimit(limits.requests, limits.requestsOfUser);
    const streams = new ConcurrencyLimit(limits.eventStreams, limits.eventStreamsOfUser);
    const places = new WeakMap<FastifyRequest, Place>();
    const countSpawn = app.createRateLimit({
      max: limits.spawnsPerMinute,
      timeWindow: MINUTE_MS,
      keyGenerator: (request) => limitKeyOf(request) ?? '',
    });

    const refuseManySpawns = async (request: FastifyRequest): Promise<void> => {
      if (request.routeOptions.config.labOperation !== 'spawn' || limitKeyOf(request) === null) return;
      const spawns = await countSpawn(request);
      if (!spawns.isAllowed && spawns.isExceeded) {
        throw new LimitReached('spawns_of_user', 'Too many spawns within a minute', spawns.ttlInSeconds);
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
      await refuseManySpawns(request);
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

    /* Work goes on when its client is gone, and takes its place until then. */
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
