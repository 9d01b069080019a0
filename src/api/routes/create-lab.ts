import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Dependencies } from '../dependencies';
import { InvalidRequest } from '../errors';
import { absoluteUrl } from '../forwarding';
import { readJson } from '../json';
import { errorResponses } from '../schemas/errors';
import { labRequestForm, parseLabRequest } from '../schemas/lab-request';
import { userAndTokenHeaders, userPath } from '../schemas/parameters';
import { planLab } from '../services/plan';

/** Spawning labs. */
export function createLabRoutes(root: string, dependencies: Dependencies): FastifyPluginAsyncZod {
  const { authentication, labs } = dependencies;

  return async (app) => {
    app.post(
      '/spawner/v1/labs/:username/create',
      {
        config: { labOperation: 'spawn', access: 'user' },
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
              422: 'The request is malformed, or names a size or image that cannot be.',
              500: 'The identity service failed.',
              503: 'Temporal is unavailable.',
              504: 'Temporal did not answer in time; the spawn may yet be accepted.',
            }),
          },
        },
      },
      async (request, reply) => {
        const { username } = request.params;
        const parsed = parseLabRequest(readJson(request.body, request.headers['content-type']));
        const problems = 'problems' in parsed ? parsed.problems : [];
        const missing = authentication.problems(request);
        if (missing.length > 0) {
          throw new InvalidRequest([...missing, ...problems]);
        }
        const caller = await authentication.identify(request);
        if ('problems' in parsed) {
          throw new InvalidRequest(problems);
        }
        const owner = caller.actFor(username, parsed.request.user);
        await labs.create(await planLab(dependencies, owner, parsed.request));
        return reply
          .code(201)
          .header('location', absoluteUrl(request, `${root}/spawner/v1/labs/${username}`))
          .type('application/json; charset=utf-8')
          .serializer(() => 'null')
          .send(null);
      },
    );
  };
}
