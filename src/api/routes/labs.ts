import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { LAB_STATUSES } from '../../domain/lab';
import { LAB_ROUTE } from '../../domain/lab-key';
import type { Dependencies } from '../dependencies';
import { errorResponses, locateUnknownUser } from '../errors';
import { labState, toLabState } from '../schemas/lab-state';
import { userHeader, userPath } from '../schemas/parameters';

const status = z.enum(LAB_STATUSES);

const listQuery = z.object({
  status: z
    .union([status, z.array(status)])
    .optional()
    .describe('Only labs in this status; repeatable.'),
});

const USERNAME_LOCATION = ['path', 'username'] as const;

/** Reading and ending labs. */
export function labRoutes({
  authentication,
  labs,
}: Pick<Dependencies, 'authentication' | 'labs'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/spawner/v1/labs',
      {
        config: { access: 'administrator' },
        schema: {
          tags: ['admin'],
          summary: 'List the users who have a lab',
          description:
            'Sorted names. The list agrees with earlier answers of the same replica at once, with others a moment later.',
          operationId: 'listLabs',
          querystring: listQuery,
          response: {
            200: z.array(z.string()),
            ...errorResponses({
              422: 'Unknown status.',
              503: 'Temporal is unavailable, or labs have not been reconciled yet.',
            }),
          },
        },
      },
      async (request) => {
        const wanted = request.query.status ?? LAB_STATUSES;
        return labs.list([wanted].flat());
      },
    );

    app.get(
      LAB_ROUTE,
      {
        config: { access: 'administrator' },
        schema: {
          tags: ['hub', 'admin'],
          summary: "Get a user's lab",
          operationId: 'getLab',
          params: userPath,
          response: {
            200: labState,
            ...errorResponses({
              404: 'The user has no lab.',
              503: 'Temporal is unavailable, or labs have not been reconciled yet.',
            }),
          },
        },
      },
      async (request) => {
        const lab = await labs.read(request.params.username).catch((error: unknown) => {
          throw locateUnknownUser(error, USERNAME_LOCATION);
        });
        return toLabState(lab);
      },
    );

    app.delete(
      LAB_ROUTE,
      {
        config: { access: 'administrator', labOperation: 'delete' },
        schema: {
          tags: ['hub', 'admin'],
          summary: "Delete a user's lab",
          description:
            'Answers once the pod is gone. A spawn in progress is cancelled; a deletion in progress is joined. ' +
            'The deletion goes on when the client disconnects.',
          operationId: 'deleteLab',
          params: userPath,
          response: {
            204: z.null().describe('The lab is gone.'),
            ...errorResponses({
              404: 'The user has no lab.',
              500: 'The deletion failed or took too long.',
              503:
                'Temporal is unavailable, labs have not been reconciled yet, or the service is being stopped: the deletion ' +
                'goes on, and a repeated one joins it.',
            }),
          },
        },
      },
      async (request, reply) => {
        const requester = authentication.nameOf(request);
        await labs.remove(request.params.username, requester).catch((error: unknown) => {
          throw locateUnknownUser(error, USERNAME_LOCATION);
        });
        return reply.code(204).send(null);
      },
    );
  };
}

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
