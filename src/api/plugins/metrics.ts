import type { FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The metrics of the API. */
export interface ApiMetrics {
  readonly registry: Registry;
  readonly requestDuration: Histogram<'method' | 'route' | 'status'>;
  /** Requests that start or end a lab, by `accepted` or the code of the error they got. */
  readonly labRequests: Counter<'operation' | 'outcome'>;
  readonly openEventStreams: Gauge;
  /** Event streams whose clients did not read. */
  readonly cutEventStreams: Counter;
  readonly requestsUnderWay: Gauge;
  readonly refusedRequests: Counter<'limit'>;
  /** Labs that were read with an address without proof, and shown without a URL. */
  readonly unprovenAddresses: Counter;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The operation that a route requests, counted by outcome. */
    labOperation?: 'spawn' | 'delete';
  }
}

/** Creates the metrics of one API process in their own registry. */
export function createMetrics(): ApiMetrics {
  const registry = new Registry();
  return {
    registry,
    requestDuration: new Histogram({
      name: 'nublado_http_request_duration_seconds',
      help: 'Time from receipt of a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers: [registry],
    }),
    labRequests: new Counter({
      name: 'nublado_lab_requests_total',
      help: 'Requests to spawn or delete a lab, by outcome.',
      labelNames: ['operation', 'outcome'],
      registers: [registry],
    }),
    openEventStreams: new Gauge({
      name: 'nublado_event_streams_open',
      help: 'Event streams being sent now.',
      registers: [registry],
    }),
    cutEventStreams: new Counter({
      name: 'nublado_event_streams_cut_total',
      help: 'Event streams cut off because their clients did not read.',
      registers: [registry],
    }),
    requestsUnderWay: new Gauge({
      name: 'nublado_http_requests_under_way',
      help: 'Requests being answered now, event streams aside.',
      registers: [registry],
    }),
    refusedRequests: new Counter({
      name: 'nublado_http_requests_refused_total',
      help: 'Requests refused because of the load, by the limit that was reached.',
      labelNames: ['limit'],
      registers: [registry],
    }),
    unprovenAddresses: new Counter({
      name: 'nublado_unproven_addresses_total',
      help: 'Answers about labs that left out a URL because nothing proved its address.',
      registers: [registry],
    }),
  };
}

/** The documented path of a request; unknown paths share one name, so that they create no new series. */
function routeName(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}

/** Measures every request that gets a response. */
export const measuring = fastifyPlugin<{ readonly metrics: ApiMetrics }>(
  async (app, { metrics }) => {
    app.addHook('onResponse', async (request, reply) => {
      const { method } = request;
      const status = String(reply.statusCode);
      metrics.requestDuration.observe(
        { method, route: routeName(request), status },
        reply.elapsedTime / 1_000,
      );
      const operation = request.routeOptions.config.labOperation;
      if (operation !== undefined) {
        metrics.labRequests.inc({ operation, outcome: request.failureCode ?? 'accepted' });
      }
    });
  },
  { name: 'measuring', dependencies: ['error-answers'] },
);
