import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { bearerToken, INVALID_TOKEN, MISSING_TOKEN } from './challenge';
import { type ControlState, controlRoutes } from './control';
import type { Directory } from './directory';
import type { FakeUser } from './users';

export interface ServiceAddresses {
  /** URL of this service. */
  readonly identityUrl: string;
  readonly proxyUrl: string;
}

/** The fake identity service: service discovery, user information, and the control API of the tests. */
export function createService(
  directory: Directory,
  state: ControlState,
  { identityUrl, proxyUrl }: ServiceAddresses,
): FastifyInstance {
  const app = Fastify();

  app.get('/discovery', (_request, reply) => {
    state.requests.discovery += 1;
    return failing(state, 'discovery', reply) ?? discoveryDocument(identityUrl, proxyUrl);
  });

  app.get('/auth/api/v1/user-info', (request, reply) => {
    state.requests.userInfo += 1;
    const failure = failing(state, 'user-info', reply);
    if (failure) return failure;
    const token = bearerToken(request.headers.authorization);
    const user = token && directory.find(token);
    if (user) return userInfo(user);
    const challenge = token ? INVALID_TOKEN : MISSING_TOKEN;
    const detail = [{ msg: 'Token is not valid', type: 'invalid_token' }];
    return reply.code(401).header('www-authenticate', challenge).send({ detail });
  });

  app.register(controlRoutes(directory, state), { prefix: '/control' });
  return app;
}

/** Fails as a test has configured it, if it has. The reply is then complete. */
function failing(
  state: ControlState,
  target: 'discovery' | 'user-info',
  reply: FastifyReply,
): FastifyReply | undefined {
  const failure = state.failures.get(target);
  if (!failure) return undefined;
  switch (failure.mode) {
    case 'status':
      return reply.code(failure.status).header('content-type', 'text/plain').send('Failing as told');
    case 'hang':
      return reply.hijack();
    case 'reset':
      reply.raw.socket?.resetAndDestroy();
      return reply.hijack();
  }
}

function discoveryDocument(identityUrl: string, proxyUrl: string): object {
  const gafaelfawr = `${identityUrl}/auth/api/v1`;
  return {
    applications: ['gafaelfawr', 'nublado'],
    datasets: {},
    influxdb_databases: {},
    services: {
      data: {},
      internal: {
        gafaelfawr: { url: gafaelfawr, versions: { v1: { url: gafaelfawr } } },
        'nublado-controller': { url: `${proxyUrl}/nublado` },
      },
      ui: { logout: { url: `${proxyUrl}/logout` } },
    },
  };
}

function userInfo({ scopes: _scopes, overrides, ...user }: FakeUser): object {
  return { ...user, ...overrides };
}
