import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { imageList, prepullStatus } from '../../domain/images/reports';
import type { Dependencies } from '../dependencies';
import { errorResponses } from '../errors';
import { imagesAnswer, imagesOf, prepullsAnswer, prepullsOf } from '../schemas/images';

/** Routes about images, for administrators. */
export function imageRoutes({ terms }: Pick<Dependencies, 'terms'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/spawner/v1/images',
      {
        config: { access: 'administrator' },
        schema: {
          tags: ['admin'],
          summary: 'List the images that users can run',
          operationId: 'listImages',
          response: {
            200: imagesAnswer,
            ...errorResponses({ 503: 'Nothing is known of images yet, or Temporal is unavailable.' }),
          },
        },
      },
      async () => imagesOf(imageList(await terms().images.offer())),
    );

    app.get(
      '/spawner/v1/prepulls',
      {
        config: { access: 'administrator' },
        schema: {
          tags: ['admin'],
          summary: 'Show which nodes have which images',
          operationId: 'showPrepulls',
          response: {
            200: prepullsAnswer,
            ...errorResponses({ 503: 'Nothing is known of images yet, or Temporal is unavailable.' }),
          },
        },
      },
      async () => {
        const { images, settings } = terms();
        return prepullsOf(settings.images, prepullStatus(await images.offer()));
      },
    );
  };
}
