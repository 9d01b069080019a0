import type { RouteOptions } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import type { Access, Authentication } from '../authentication/authentication';

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route of the listener, documented or not. */
    accessOfRoutes(): { method: string; url: string; access: Access | undefined }[];
  }
}

/** The access classes that a listener serves, and how their callers are admitted. */
export interface RouteAccessOptions {
  readonly admit: Authentication['admit'];
  readonly served: readonly Access[];
}

/**
 * Checks the access of every route. Callers of public routes and of those for labs are not identified here. Must be
 * registered before the routes.
 *
 * @throws Error, before the listener is ready, for a route without `access`, or of a class that is not for this
 *   listener.
 */
export const routeAccess = fastifyPlugin<RouteAccessOptions>(
  async (app, { admit, served }) => {
    const routes: RouteOptions[] = [];
    app.decorate('accessOfRoutes', () =>
      routes.flatMap(({ method, url, config }) =>
        [method].flat().map((name) => ({ method: name, url, access: config?.access })),
      ),
    );
    app.addHook('onRoute', (route) => void routes.push(route));
    app.addHook('onReady', async () => {
      for (const { method, url, config } of routes) {
        if (!config?.access || !served.includes(config.access)) {
          throw new Error(`${[method].flat().join()} ${url} has no access that this listener serves`);
        }
      }
    });
    app.addHook('onRequest', async (request, reply) => {
      if (request.is404) return;
      const { access } = request.routeOptions.config;
      if (access !== 'public' && access !== 'lab') await admit(request, reply);
    });
  },
  { name: 'route-access' },
);
