import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { LAB_ROUTE, labPath } from '../../domain/lab-key';
import type { Authentication, Caller } from '../authentication/authentication';
import type { Dependencies } from '../dependencies';
import { errorResponses, InvalidRequest } from '../errors';
import { readJson } from '../http/json';
import { absoluteUrl } from '../plugins/request-log';
import { labRequestForm, type ParsedLabRequest, parseLabRequest } from '../schemas/lab-request';
import { userAndTokenHeaders, userPath } from '../schemas/parameters';
import { fallbackOptions } from '../services/fallback-options';
import { planLab } from '../services/plan';

/** Spawning labs. */
export function createLabRoutes(root: string, dependencies: Dependencies): FastifyPluginAsyncZod {
  const { authentication, labs } = dependencies;

  return async (app) => {
    app.post(
      `${LAB_ROUTE}/create`,
      {
        config: { labOperation: 'spawn', countedAs: 'spawn', access: 'user' },
        schema: {
          tags: ['hub', 'user'],
          summary: 'Spawn a lab',
          description: 'Answers as soon as the spawn is accepted; follow `…/events` to see how it goes.',
          operationId: 'createLab',
          params: userPath,
          headers: userAndTokenHeaders,
          body: labRequestForm,
          response: {
            201: z.null().describe('The spawn is accepted. `Location` is the lab.'),
            ...errorResponses({
              400: 'The image is not available.',
              401: 'The delegated token is invalid.',
              403: 'Not the user of the path, no POSIX identity, or beyond the quota.',
              409: 'A lab exists, or another operation on it is in progress.',
              413: 'The body is larger than 512 KiB.',
              422: 'The request is malformed or too large, or names a size or image that cannot be.',
              429: 'Too many spawns of the user within a minute, or too many requests under way.',
              500: 'The identity service failed.',
              503: 'Temporal is unavailable, labs have not been reconciled yet, or the service is overloaded or being stopped.',
              504: 'Temporal did not answer in time; the spawn may yet be accepted.',
            }),
          },
        },
      },
      async (request, reply) => {
        const { username } = request.params;
        const { caller, parsed } = await received(request, authentication);
        if ('problems' in parsed) {
          throw new InvalidRequest(parsed.problems);
        }
        const owner = caller.actFor(username, parsed.request.user);
        const options = parsed.request.options ?? (await fallbackOptions(dependencies, owner.user));
        await labs.create(await planLab(dependencies, owner, { ...parsed.request, options }));
        return reply
          .code(201)
          .header('location', absoluteUrl(request, `${root}${labPath(username)}`))
          .type('application/json; charset=utf-8')
          .serializer(() => 'null')
          .send(null);
      },
    );
  };
}

/**
 * Bodies up to this many bytes are parsed before the caller is identified, so that one response has the problems of
 * both.
 */
const PROMPT_LENGTH = 16_384;

/**
 * Identifies the caller and parses the body. A large body is not parsed before the caller is identified.
 *
 * @throws InvalidRequest for an unreadable body or missing headers; as `Authentication.identify`.
 */
async function received(
  request: FastifyRequest,
  authentication: Pick<Authentication, 'identify' | 'problems'>,
): Promise<{ caller: Caller; parsed: ParsedLabRequest }> {
  const read = () => parseLabRequest(readJson(request.body, request.headers['content-type']));
  if (Buffer.isBuffer(request.body) && request.body.length > PROMPT_LENGTH) {
    return { caller: await authentication.identify(request), parsed: read() };
  }
  const parsed = read();
  const missing = authentication.problems(request);
  if (missing.length > 0) {
    throw new InvalidRequest([...missing, ...('problems' in parsed ? parsed.problems : [])]);
  }
  return { caller: await authentication.identify(request), parsed };
}
