import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

const packageFile = z.object({
  version: z.string(),
  description: z.string(),
  homepage: z.string().optional(),
  repository: z.object({ url: z.string() }).optional(),
});

/** The metadata of the service; absent links are left out. */
export const serviceMetadata = z
  .object({
    name: z.string(),
    version: z.string(),
    description: z.string(),
    repository_url: z.string().optional(),
    documentation_url: z.string().optional(),
  })
  .meta({ id: 'ServiceMetadata' });

export type ServiceMetadata = z.output<typeof serviceMetadata>;

/** Reads the metadata from the package file, with the name of the installation. */
export function readMetadata(name: string): ServiceMetadata {
  const file = packageFile.parse(JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')));
  return {
    name,
    version: file.version,
    description: file.description,
    ...(file.repository === undefined ? {} : { repository_url: file.repository.url }),
    ...(file.homepage === undefined ? {} : { documentation_url: file.homepage }),
  };
}

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
