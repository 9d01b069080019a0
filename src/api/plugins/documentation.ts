import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import fastifyPlugin from 'fastify-plugin';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { portablePattern } from '../../domain/portable-pattern';
import type { ServiceMetadata } from '../routes/index-page';
import { renderReference } from './reference-page';

/** The audiences by which the documentation groups operations. */
export const TAGS = [
  { name: 'hub', description: 'Called by JupyterHub.' },
  { name: 'user', description: 'Called on behalf of a user.' },
  { name: 'admin', description: 'Called by operators.' },
  { name: 'internal', description: 'Called by the platform itself.' },
];

const OPEN = { config: { access: 'public' }, schema: { hide: true } } as const;

/** Leaves out unreferenced schemas: the transformation creates each twice, as input and as output. */
const onlyUsedSchemas: typeof jsonSchemaTransformObject = (source) => {
  const document = jsonSchemaTransformObject(source);
  if (!('components' in document)) {
    return document;
  }
  const schemas = new Map(Object.entries(document.components?.schemas ?? {}));
  const used = new Set<string>();
  const visit = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (!used.has(name)) {
        used.add(name);
        visit(schemas.get(name));
      }
    }
  };
  visit(document.paths);
  const kept = Object.fromEntries([...schemas].filter(([name]) => used.has(name)));
  return Object.assign(document, { components: { ...document.components, schemas: kept } });
};

/** Rewrites patterns to the syntax that all readers of OpenAPI accept. */
const withPortablePatterns: typeof jsonSchemaTransformObject = (source) =>
  JSON.parse(JSON.stringify(onlyUsedSchemas(source)), (key, value: unknown) =>
    key === 'pattern' && typeof value === 'string' ? portablePattern(value) : value,
  );

/**
 * Collects the OpenAPI description of all routes registered after it and serves it as `openapi.json`, in the
 * Swagger UI at `docs` and as one plain page at `redoc`. Pages load nothing from other hosts.
 */
export const documentation = fastifyPlugin<{ readonly root: string; readonly metadata: ServiceMetadata }>(
  async (app, { root, metadata }) => {
    await app.register(fastifySwagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: metadata.name, description: metadata.description, version: metadata.version },
        tags: TAGS,
      },
      transform: jsonSchemaTransform,
      transformObject: withPortablePatterns,
    });
    await app.register(async (pages) => {
      pages.addHook('onRoute', (route) => {
        route.config = { ...route.config, ...OPEN.config };
      });
      await pages.register(fastifySwaggerUi, {
        routePrefix: `${root}/docs`,
        uiConfig: { validatorUrl: null, deepLinking: true },
        theme: { title: `${metadata.name} API` },
      });
    });
    app.get(`${root}/openapi.json`, OPEN, async () => app.swagger());
    app.get(`${root}/redoc`, OPEN, async (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(renderReference(app.swagger())),
    );
  },
  { name: 'documentation' },
);
