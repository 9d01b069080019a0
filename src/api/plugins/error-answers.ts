import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { ErrorCode } from '../../domain/errors';
import { LimitReached } from '../../domain/limits';
import { withoutTrailingSlashes } from '../../domain/urls';
import type { Authentication } from '../authentication/authentication';
import type { Dependencies } from '../dependencies';
import { type ErrorAnswer, toAnswer } from '../errors';
import { prefersHtml } from '../http/accept';
import { type Page, sendPage } from '../http/page';
import type { ApiMetrics } from './metrics';
import { absoluteUrl } from './request-log';

/** `Retry-After` for an unavailable service. */
const RETRY_AFTER_S = 5;

/** Codes of failures of this service or its dependencies, which no workflow reports. */
const REPORTED = new Set<string>([
  'internal_error',
  'gafaelfawr_error',
  'discovery_error',
  'jupyterhub_error',
]);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The page with which browsers are shown the errors of a route that people open; programs get the error body. */
    errorPage?: (answer: ErrorAnswer) => Page;
  }
  interface FastifyRequest {
    /** The code of the error this request was answered with. */
    failureCode: ErrorCode | 'invalid_request' | null;
  }
}

/** Whether Fastify itself refused the request, such as for a body that is too large. */
function isClientError(error: unknown): error is FastifyError & { statusCode: number } {
  return (
    error instanceof Error &&
    'code' in error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode < 500
  );
}

/** Converts errors of routes to the documented error body, and reports failures to operators. */
export const errorAnswers = fastifyPlugin<{
  readonly authentication: Pick<Authentication, 'nameOf'>;
  readonly metrics: Pick<ApiMetrics, 'refusedRequests'>;
  readonly reportFailure: Dependencies['reportFailure'];
}>(
  async (app, { authentication, metrics, reportFailure }) => {
    app.decorateRequest('failureCode', null);
    app.setErrorHandler(async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const answer = toAnswer(error);
      const { status, code, problems } = answer;
      if (code === 'internal_error' && isClientError(error)) {
        const type = error.statusCode === 413 ? 'request_too_large' : 'invalid_request';
        request.failureCode = type;
        return reply.code(error.statusCode).send({ detail: [{ msg: error.message, type }] });
      }
      request.failureCode = code;
      const isRefusal = error instanceof LimitReached;
      if (isRefusal) metrics.refusedRequests.inc({ limit: error.limit });
      if (status >= 500 && !isRefusal && code !== 'shutting_down') {
        request.log.error({ err: error, code }, 'request failed');
      }
      if (REPORTED.has(code)) {
        reportFailure(error, { username: authentication.nameOf(request) });
      }
      if (status === 503 || status === 429) {
        reply.header('retry-after', String(isRefusal ? error.retryAfterS : RETRY_AFTER_S));
      }
      void reply.code(status);
      const { errorPage } = request.routeOptions.config;
      if (errorPage) {
        void reply.header('vary', 'accept');
        if (prefersHtml(request.headers.accept)) return sendPage(reply, errorPage(answer));
      }
      return reply.send({ detail: problems });
    });
  },
  { name: 'error-answers' },
);

/** Converts a route's path, with `:name` parameters and a trailing `*`, to a regular expression for raw paths. */
function pathPattern(path: string): RegExp {
  const source = path
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/:[^/]+/g, '[^/]+')
    .replaceAll('*', '.*');
  return new RegExp(`^${source}$`);
}

/**
 * Answers for paths without a route: a redirect where only a trailing slash is too much, 405 with `Allow` where
 * only the method is wrong, else 404. Must be registered before the routes.
 */
export const unknownPaths = fastifyPlugin(
  async (app) => {
    const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
    app.addHook('onRoute', ({ url, method }) => {
      const route = routes.get(url) ?? { pattern: pathPattern(url), methods: new Set() };
      [method].flat().forEach((name) => route.methods.add(name));
      routes.set(url, route);
    });

    const methodsOf = (path: string): string[] => [
      ...new Set(
        [...routes.values()].flatMap(({ pattern, methods }) => (pattern.test(path) ? [...methods] : [])),
      ),
    ];

    /* The router accepts empty parameters: `…/labs/` would be the lab of a user with an empty name. */
    app.addHook<{ Params: Readonly<Record<string, string>> }>('onRequest', async (request, reply) => {
      if (Object.values(request.params).includes('')) {
        reply.callNotFound();
        return reply;
      }
    });

    app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
      const [path = '/', query] = request.url.split('?', 2);
      const allowed = methodsOf(path);
      // A trailing slash may match a route with a wildcard, which takes no empty rest.
      if (allowed.length > 0 && !allowed.includes(request.method)) {
        const allow = allowed.toSorted().join(', ');
        return reply.code(405).header('allow', allow).send({ detail: 'Method Not Allowed' });
      }
      const shorter = withoutTrailingSlashes(path);
      if (shorter !== path && methodsOf(shorter).length > 0) {
        const target = query === undefined ? shorter : `${shorter}?${query}`;
        return reply.code(307).header('location', absoluteUrl(request, target)).send();
      }
      return reply.code(404).send({ detail: 'Not Found' });
    });
  },
  { name: 'unknown-paths' },
);
