import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { DomainError, type ErrorLocation } from '../../domain/errors';
import type { Dependencies } from '../dependencies';
import { errorResponses, locateUnknownUser } from '../errors';
import { userHeader, userPath } from '../schemas/parameters';
import { requireFileServers } from './enabled-file-servers';

const USERS_ROUTE = '/fileserver/v1/users';

const USERNAME_LOCATION = ['path', 'username'] as const;

/** A running file server. There is no other state: everything else is 404. */
const fileServerStatus = z.object({ running: z.literal(true) }).meta({ id: 'FileServerStatus' });

const UNAVAILABLE = 'Temporal is unavailable.';

/** Listing, reading and ending file servers, and users reading the state of their own. */
export function fileServerAdministrationRoutes({
  authentication,
  fileServers,
  settings: { fileserver },
}: Pick<Dependencies, 'authentication' | 'fileServers' | 'settings'>): FastifyPluginAsyncZod {
  const statusOf = async (username: string, location?: ErrorLocation) => {
    requireFileServers(fileserver);
    if (await fileServers.isRunning(username)) return { running: true } as const;
    throw new DomainError('unknown_user', 'No file server running', location);
  };

  return async (app) => {
    app.get(
      USERS_ROUTE,
      {
        config: { access: 'administrator' },
        schema: {
          tags: ['admin'],
          summary: 'List the users who have a running file server',
          description:
            'Sorted names. The list agrees with earlier answers of the same replica at once, with others a moment later.',
          operationId: 'listFileServers',
          response: {
            200: z.array(z.string()),
            ...errorResponses({ 404: 'File servers are disabled.', 503: UNAVAILABLE }),
          },
        },
      },
      async () => {
        requireFileServers(fileserver);
        return fileServers.list();
      },
    );

    app.get(
      `${USERS_ROUTE}/:username`,
      {
        config: { access: 'administrator' },
        schema: {
          tags: ['admin'],
          summary: "Get the state of a user's file server",
          operationId: 'getFileServer',
          params: userPath,
          response: {
            200: fileServerStatus,
            ...errorResponses({
              404: 'The user has no running file server, or file servers are disabled.',
              503: UNAVAILABLE,
            }),
          },
        },
      },
      async (request) => statusOf(request.params.username, USERNAME_LOCATION),
    );

    app.delete(
      `${USERS_ROUTE}/:username`,
      {
        config: { access: 'administrator' },
        schema: {
          tags: ['admin'],
          summary: "Delete a user's file server",
          description:
            'Answers once its objects are gone. A creation in progress is cancelled; a deletion in progress is joined. ' +
            'The deletion goes on when the client disconnects.',
          operationId: 'deleteFileServer',
          params: userPath,
          response: {
            204: z.null().describe('The file server is gone.'),
            ...errorResponses({
              404: 'The user has no file server, or file servers are disabled.',
              500: 'The deletion failed or took too long.',
              503:
                'Temporal is unavailable, or the service is being stopped: the deletion goes on, and a repeated one ' +
                'joins it.',
            }),
          },
        },
      },
      async (request, reply) => {
        requireFileServers(fileserver);
        const requester = authentication.nameOf(request);
        await fileServers.remove(request.params.username, requester).catch((error: unknown) => {
          throw locateUnknownUser(error, USERNAME_LOCATION);
        });
        return reply.code(204).send(null);
      },
    );

    app.get(
      '/fileserver/v1/user-status',
      {
        config: { access: 'user' },
        schema: {
          tags: ['user'],
          summary: 'Get the state of your own file server',
          operationId: 'getUserFileServer',
          headers: userHeader,
          response: {
            200: fileServerStatus,
            ...errorResponses({
              404: 'You have no running file server, or file servers are disabled.',
              422: 'No authenticated user.',
              503: UNAVAILABLE,
            }),
          },
        },
      },
      async (request) => {
        requireFileServers(fileserver);
        return statusOf(authentication.requireName(request));
      },
    );
  };
}
