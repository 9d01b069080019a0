import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Dependencies } from '../dependencies';
import { errorResponses } from '../schemas/errors';
import { labState, toLabState } from '../schemas/lab-state';
import { userHeader } from '../schemas/parameters';

/** Users reading the state of their own lab. */
export function userStatusRoutes({
  authentication,
  labs,
}: Pick<Dependencies, 'authentication' | 'labs'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/spawner/v1/user-status',
      {
        config: { access: 'user' },
        schema: {
          tags: ['user'],
          summary: 'Get your own lab',
          operationId: 'getUserStatus',
          headers: userHeader,
          response: {
            200: labState,
            ...errorResponses({
              404: 'You have no lab.',
              422: 'No authenticated user.',
              503: 'Temporal is unavailable, or labs have not been reconciled yet.',
            }),
          },
        },
      },
      async (request) => toLabState(await labs.read(authentication.requireName(request))),
    );
  };
}
