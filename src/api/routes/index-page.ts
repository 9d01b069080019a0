import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type ServiceMetadata, serviceMetadata } from '../schemas/metadata';

/** The metadata of the service: at the root for the platform, and under the path prefix. */
export function indexRoutes(root: string, metadata: ServiceMetadata): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/',
      {
        config: { access: 'public' },
        schema: {
          tags: ['internal'],
          summary: 'Describe the service',
          operationId: 'getRootIndex',
          response: { 200: serviceMetadata },
        },
      },
      async () => metadata,
    );
    if (root !== '') {
      app.get(
        root,
        {
          config: { access: 'public' },
          schema: {
            tags: ['internal'],
            summary: 'Describe the service under its path prefix',
            operationId: 'getIndex',
            response: { 200: z.object({ metadata: serviceMetadata }) },
          },
        },
        async () => ({ metadata }),
      );
    }
  };
}
