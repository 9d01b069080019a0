import type { FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { withoutTrailingSlashes } from '../../domain/urls';
import { absoluteUrl } from '../http/forwarding';

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
      if (allowed.length > 0) {
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
