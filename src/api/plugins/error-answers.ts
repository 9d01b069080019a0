import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { ErrorCode } from '../../domain/errors';
import { LimitReached } from '../../domain/limits';
import type { Authentication } from '../authentication/authentication';
import type { Dependencies } from '../dependencies';
import { toAnswer } from '../errors';
import type { ApiMetrics } from './metrics';

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
      const { status, code, problems } = toAnswer(error);
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
      return reply.code(status).send({ detail: problems });
    });
  },
  { name: 'error-answers' },
);
