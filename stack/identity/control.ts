import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Directory } from './directory';
import { type Route, routesSchema } from './routes';
import { fakeUserSchema } from './users';

/** How an endpoint fails on demand: with a status, without an answer, or by closing the connection. */
const failureSchema = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('status'), status: z.number().int() }),
  z.strictObject({ mode: z.literal('hang') }),
  z.strictObject({ mode: z.literal('reset') }),
]);

const targetSchema = z.strictObject({ target: z.enum(['discovery', 'user-info']) });

const tokenSchema = z.strictObject({ token: z.string() });

const upstreamSchema = z.strictObject({ url: z.url().nullable() });

export type Target = z.infer<typeof targetSchema>['target'];

/** State of the service that tests can change while it runs. */
export interface ControlState {
  readonly failures: Map<Target, z.infer<typeof failureSchema>>;
  /** Number of requests of each endpoint. */
  readonly requests: { discovery: number; userInfo: number };
  upstreamUrl: string | undefined;
  /** Where the cluster's Ingresses lead; their paths come before all others. */
  routes: readonly Route[];
  /** URL to which requests for JupyterHub are forwarded. */
  hubUrl: string | undefined;
}

/** The control API, for tests and demos only. */
export function controlRoutes(directory: Directory, state: ControlState) {
  return async (app: FastifyInstance): Promise<void> => {
    app.setErrorHandler((error, _request, reply) =>
      reply.code(error instanceof z.ZodError ? 422 : 500).send({ error: String(error) }),
    );
    app.put('/users/:token', (request, reply) => {
      directory.put(tokenSchema.parse(request.params).token, fakeUserSchema.parse(request.body));
      return reply.code(204).send();
    });
    app.delete('/users/:token', (request, reply) => {
      directory.remove(tokenSchema.parse(request.params).token);
      return reply.code(204).send();
    });
    app.put('/failures/:target', (request, reply) => {
      state.failures.set(targetSchema.parse(request.params).target, failureSchema.parse(request.body));
      return reply.code(204).send();
    });
    app.delete('/failures/:target', (request, reply) => {
      state.failures.delete(targetSchema.parse(request.params).target);
      return reply.code(204).send();
    });
    app.put('/upstream', (request, reply) => {
      state.upstreamUrl = upstreamSchema.parse(request.body).url ?? undefined;
      return reply.code(204).send();
    });
    app.put('/hub', (request, reply) => {
      state.hubUrl = upstreamSchema.parse(request.body).url ?? undefined;
      return reply.code(204).send();
    });
    app.put('/routes', (request, reply) => {
      state.routes = routesSchema.parse(request.body);
      return reply.code(204).send();
    });
    app.get('/requests', () => state.requests);
    app.post('/reset', (_request, reply) => {
      directory.reset();
      state.failures.clear();
      state.requests.discovery = 0;
      state.requests.userInfo = 0;
      return reply.code(204).send();
    });
  };
}
