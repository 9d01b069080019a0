import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import { fileServerPath } from '../../domain/file-server-key';
import { withoutTrailingSlashes } from '../../domain/urls';
import type { User } from '../../domain/user';
import type { Authentication } from '../authentication/authentication';
import type { Dependencies } from '../dependencies';
import { errorResponses } from '../errors';
import { createdPage } from '../file-server-pages/created';
import { failurePage } from '../file-server-pages/failure';
import { sendPage } from '../http/page';
import { absoluteUrl } from '../plugins/request-log';
import { userAndTokenHeaders } from '../schemas/parameters';
import { requireFileServers } from './enabled-file-servers';

/** Path of a page of Gafaelfawr, below the platform's URL, where users make tokens. */
const TOKENS_PATH = '/auth/tokens';

/** The last component of the path of a file server. */
const serverPath = z.object({
  username: z.string().describe('The username, or the value of the user label where that differs.'),
});

const ERRORS = {
  401: 'The delegated token is invalid.',
  404: 'File servers are disabled.',
  422: 'No authenticated user.',
  429: 'Too many requests of the user within a minute, or too many under way.',
} as const;

/** Where users create their file server, and come back to when it has ended: the path prefix of file servers. */
export function fileServerRoutes({
  authentication,
  fileServers,
  logger,
  settings,
}: Pick<Dependencies, 'authentication' | 'fileServers' | 'logger' | 'settings'>): FastifyPluginAsyncZod {
  const { baseUrl, fileserver } = settings;
  const prefix = withoutTrailingSlashes(fileserver.pathPrefix);
  const platform = withoutTrailingSlashes(baseUrl);
  const config = {
    access: 'user',
    takesPassword: true,
    countedAs: 'fileServer',
    errorPage: (answer: Parameters<typeof failurePage>[0]) => failurePage(answer, prefix),
  } as const;

  const pageFor = ({ username }: User) => {
    const { idleTimeoutMs, ingress } = requireFileServers(fileserver);
    const isOfGafaelfawr = ingress.type === 'gafaelfawr';
    return createdPage({
      username,
      url: `${platform}${fileServerPath(prefix, username)}`,
      creatorUrl: `${platform}${prefix}`,
      idleTimeoutMs,
      passwordCheck: isOfGafaelfawr ? 'gafaelfawr' : 'hub',
      tokensUrl: isOfGafaelfawr ? `${platform}${TOKENS_PATH}` : null,
    });
  };

  /**
   * The user whose file server a path is of. Ingresses bring requests below the prefix here only where they know no
   * file server of that path. One that is said to run is verified, so that the page does not lead here again.
   */
  const verifyReturn = async (request: FastifyRequest, component: string): Promise<void> => {
    requireFileServers(fileserver);
    const user = await identifiedUser(request, authentication);
    const own = fileServerPath('', user.username).slice(1);
    if (component !== own && component !== user.username) {
      throw new DomainError('permission_denied', 'Permission denied');
    }
    await fileServers.verify(user).catch((error: unknown) => {
      logger.warn({ err: error, user: user.username }, 'a file server could not be verified');
    });
  };

  return async (app) => {
    app.get(
      prefix,
      {
        config,
        schema: {
          tags: ['user'],
          summary: 'Create your file server, unless it runs',
          description:
            'Answers once the WebDAV server is usable, with a page that says how to connect to it. Requests of one user ' +
            'share one creation. Clients that prefer HTML get errors as pages, too.',
          operationId: 'createFileServer',
          headers: userAndTokenHeaders,
          response: {
            200: { description: 'The page.', content: { 'text/html': { schema: z.string() } } },
            ...errorResponses({
              ...ERRORS,
              403: "Another user's token, or a user without usable UID and GID.",
              500: 'The file server could not be created, and nothing of it is left; or the identity service failed.',
              503: 'Temporal is unavailable, or the service is overloaded or being stopped: the creation goes on.',
            }),
          },
        },
      },
      async (request, reply) => {
        requireFileServers(fileserver);
        const user = await identifiedUser(request, authentication);
        await fileServers.open(user);
        return sendPage(reply, pageFor(user));
      },
    );

    app.get(
      `${prefix}/:username`,
      {
        config,
        schema: {
          tags: ['user'],
          summary: 'Come back to the creation of your file server',
          description:
            'Ingresses send requests for this path, and for paths below it, here only while the user has no file server: ' +
            'it has ended, or was never created. Browsers are sent on to where it is created.',
          operationId: 'returnToFileServer',
          params: serverPath,
          headers: userAndTokenHeaders,
          response: {
            303: z.null().describe('`Location` is the path prefix of file servers.'),
            ...errorResponses({
              ...ERRORS,
              403: 'Not the user of the path.',
              500: 'The identity service failed.',
              503: 'The service is overloaded or being stopped.',
            }),
          },
        },
      },
      async (request, reply) => {
        await verifyReturn(request, request.params.username);
        return reply.code(303).header('location', absoluteUrl(request, prefix)).send(null);
      },
    );

    app.get(
      `${prefix}/:username/*`,
      { config, schema: { hide: true, params: serverPath } },
      async (request, reply) => {
        await verifyReturn(request, request.params.username);
        return reply.code(303).header('location', absoluteUrl(request, prefix)).send(null);
      },
    );
  };
}

/** The calling user. @throws InvalidRequest or DomainError where no user calls, or their identity is not known. */
async function identifiedUser(
  request: FastifyRequest,
  authentication: Pick<Authentication, 'identify' | 'requireName'>,
): Promise<User> {
  const caller = await authentication.identify(request);
  return caller.actFor(authentication.requireName(request)).user;
}
