import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Dependencies } from '../dependencies';
import { errorResponses, InvalidRequest } from '../errors';
import { readJson } from '../http/json';
import { fsadminCommand, fsadminProblems, fsadminState } from '../schemas/fsadmin';

const ROUTE = '/fsadmin/v1/service';

const FAILURES = {
  500: 'The API server refused a request, or was not done in time.',
  503: 'Temporal is unavailable, or the service is overloaded or being stopped.',
  504: 'Temporal did not answer in time, or the requests before this one took too long.',
} as const;

const NOT_RUNNING = 'There is no pod (`not_found`), or it does not run (`invalid_phase`, with its phase).';

/** The pod for file system administration, for administrators. Requests take turns. */
export function fsadminRoutes({
  authentication,
  fsadmin,
}: Pick<Dependencies, 'authentication' | 'fsadmin'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      ROUTE,
      {
        config: { access: 'administrator' },
        schema: {
          tags: ['admin'],
          summary: 'Show when the pod for file system administration was started',
          description: 'The pod is read from the cluster.',
          operationId: 'getFsadmin',
          response: { 200: fsadminState, ...errorResponses({ 404: NOT_RUNNING, ...FAILURES }) },
        },
      },
      async (request) => {
        const { startTime } = await fsadmin.read(authentication.nameOf(request));
        return { start_time: startTime };
      },
    );

    app.post(
      ROUTE,
      {
        config: { access: 'administrator' },
        schema: {
          tags: ['admin'],
          summary: 'Start the pod for file system administration',
          description:
            'Answers once the pod runs. One that runs is left as it is; any other one is replaced. All volumes of labs are ' +
            'mounted writable in it, and it is privileged.',
          operationId: 'startFsadmin',
          body: fsadminCommand,
          response: {
            200: fsadminState,
            ...errorResponses({
              404: 'The pod did not get to run: `invalid_phase` with its phase, `not_found` when it was deleted.',
              422: 'The body is anything but `{"start": true}`.',
              ...FAILURES,
            }),
          },
        },
      },
      async (request) => {
        const problems = fsadminProblems(readJson(request.body, request.headers['content-type']));
        if (problems.length > 0) throw new InvalidRequest(problems);
        const { startTime } = await fsadmin.start(authentication.nameOf(request));
        return { start_time: startTime };
      },
    );

    app.delete(
      ROUTE,
      {
        config: { access: 'administrator' },
        schema: {
          tags: ['admin'],
          summary: 'Remove the pod for file system administration',
          description: 'Answers once the pod and its claims are gone, also when there were none.',
          operationId: 'deleteFsadmin',
          response: {
            204: z.null().describe('There is neither a pod nor a claim of it.'),
            ...errorResponses(FAILURES),
          },
        },
      },
      async (request, reply) => {
        await fsadmin.remove(authentication.nameOf(request));
        return reply.code(204).send(null);
      },
    );
  };
}
