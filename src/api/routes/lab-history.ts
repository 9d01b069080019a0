import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { LAB_ROUTE } from '../../domain/lab-key';
import type { Dependencies } from '../dependencies';
import { errorResponses } from '../schemas/errors';
import { historyQuery, pastAndPresentLab, toPastAndPresentLab } from '../schemas/lab-history';
import { userHeader, userPath } from '../schemas/parameters';

const description =
  'Newest first, each lab once, as far back as Temporal keeps what has ended. Empty for users who are not known.';

/** Histories of labs. */
export function labHistoryRoutes({
  authentication,
  history,
}: Pick<Dependencies, 'authentication' | 'history'>): FastifyPluginAsyncZod {
  const read = async (username: string, { limit }: z.output<typeof historyQuery>) =>
    (await history.livesOf(username, limit)).map(toPastAndPresentLab);

  return async (app) => {
    app.get(
      `${LAB_ROUTE}/history`,
      {
        config: { access: 'administrator' },
        schema: {
          tags: ['admin'],
          summary: "Get a user's labs, past and present",
          description,
          operationId: 'getLabHistory',
          params: userPath,
          querystring: historyQuery,
          response: {
            200: z.array(pastAndPresentLab),
            ...errorResponses({ 422: 'Unusable limit.', 503: 'Temporal is unavailable.' }),
          },
        },
      },
      async (request) => read(request.params.username, request.query),
    );

    app.get(
      '/spawner/v1/user-history',
      {
        config: { access: 'user' },
        schema: {
          tags: ['user'],
          summary: 'Get your own labs, past and present',
          description,
          operationId: 'getUserHistory',
          headers: userHeader,
          querystring: historyQuery,
          response: {
            200: z.array(pastAndPresentLab),
            ...errorResponses({
              422: 'No authenticated user, or an unusable limit.',
              503: 'Temporal is unavailable.',
            }),
          },
        },
      },
      async (request) => read(authentication.requireName(request), request.query),
    );
  };
}
