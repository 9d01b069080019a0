import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ENDED_BY, FAILURE_REASONS } from '../../domain/lab-end';
import { LAB_OUTCOMES, type LabLife } from '../../domain/lab-history';
import { LAB_ROUTE } from '../../domain/lab-key';
import { LAB_SIZES } from '../../domain/lab-plan';
import type { Dependencies } from '../dependencies';
import { errorResponses } from '../errors';
import { openCode } from '../schemas/lab-state';
import { userHeader, userPath } from '../schemas/parameters';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** Query of a history. */
export const historyQuery = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .default(DEFAULT_LIMIT)
    .describe('At most so many labs, the newest.'),
});

/** One lab of a history as clients see it. Every key is always present. */
export const pastAndPresentLab = z
  .object({
    started_at: z.iso.datetime().describe('When it was accepted, or its pod created.'),
    ended_at: z.iso
      .datetime()
      .nullable()
      .describe('When its end was ordered or seen; null until it has ended.'),
    image: z.string().describe('`registry/repository:tag@digest`.'),
    size: z.enum(LAB_SIZES),
    outcome: z
      .enum(LAB_OUTCOMES)
      .describe(
        '`pending`, `running` and `stopping` are present. `stopped`: on an order. `exited`: in good order by itself. ' +
          '`failed`: did not start, or ended with an error. `lost`: taken away by the cluster. `unknown`: not on record.',
      ),
    reason: openCode(FAILURE_REASONS).nullable().describe('Of `failed` and `lost`, for machines.'),
    message: z
      .string()
      .nullable()
      .describe('The same for people, or the words of the operator who ended it.'),
    ended_by: z
      .object({
        kind: openCode(ENDED_BY).describe(
          '`user`: from inside the lab. `caller`: by a deletion, under this name. `hub`: by a deletion without a ' +
            'name. `operator`: through Temporal. `lab`: by an error of its own. `cluster`, `controller`.',
        ),
        name: z.string().nullable().describe('Of a `caller`.'),
      })
      .nullable(),
  })
  .meta({ id: 'LabLife' });

/** Converts a lab of a history to its wire form. */
export function toPastAndPresentLab(life: LabLife): z.output<typeof pastAndPresentLab> {
  const { endedAt, endedBy, image, message, outcome, reason, size, startedAt } = life;
  return {
    started_at: startedAt,
    ended_at: endedAt,
    image,
    size,
    outcome,
    reason,
    message,
    ended_by: endedBy && { ...endedBy },
  };
}

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
