import type { FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { Authentication } from '../authentication/authentication';

function lastOf(header: string | string[] | undefined): string | null {
  const text = Array.isArray(header) ? header.join(',') : header;
  return text?.split(',').at(-1)?.trim() || null;
}

/** The address of the client: as forwarded by the nearest proxy, or the peer's own. */
export function clientAddress(request: FastifyRequest): string {
  return lastOf(request.headers['x-forwarded-for']) ?? request.socket.remoteAddress ?? 'unknown';
}

/**
 * The absolute URL of a path on this service, as the client reached it. The forwarded scheme is used only from a
 * proxy that also forwards the client's address.
 */
export function absoluteUrl(request: FastifyRequest, path: string): string {
  const isForwarded = lastOf(request.headers['x-forwarded-for']) !== null;
  const forwardedScheme = isForwarded ? lastOf(request.headers['x-forwarded-proto'])?.toLowerCase() : null;
  const scheme = forwardedScheme === 'https' ? 'https' : 'http';
  return `${scheme}://${request.headers.host ?? 'localhost'}${path}`;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Routes that are requested every few seconds by probes, logged at debug only. */
    isProbe?: boolean;
  }
}

type Named = Pick<Authentication, 'nameOf'>;

/** Fields of a request for the log: never its body, query or credentials. */
function fieldsOf(request: FastifyRequest, authentication: Named): Record<string, unknown> {
  const forwardedHost = request.headers['x-forwarded-host'];
  return {
    method: request.method,
    path: request.url.split('?', 1)[0],
    client: clientAddress(request),
    ...(forwardedHost === undefined ? {} : { forwardedHost }),
    user: authentication.nameOf(request),
  };
}

/** Logs one line per request, when its response is complete or its client has disconnected. */
export const requestLog = fastifyPlugin<{ readonly authentication: Named }>(
  async (app, { authentication }) => {
    app.addHook('onResponse', async (request, reply) => {
      const level = request.routeOptions.config.isProbe ? 'debug' : 'info';
      request.log[level](
        {
          ...fieldsOf(request, authentication),
          status: reply.statusCode,
          elapsedMs: Math.round(reply.elapsedTime),
        },
        'request answered',
      );
    });
    app.addHook('onRequestAbort', async (request) => {
      request.log.info(fieldsOf(request, authentication), 'request abandoned by its client');
    });
  },
  { name: 'request-log' },
);
