import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { LAB_ROUTE } from '../../domain/lab-key';
import type { ProgressEvent } from '../../domain/progress';
import type { Dependencies } from '../dependencies';
import { errorResponses, locateUnknownUser } from '../errors';
import { openEventStream } from '../http/event-stream';
import { userPath } from '../schemas/parameters';
import { eventsHeaders, eventsQuery, formatEvent, parseEventId, progressData } from '../schemas/progress';

/** Following the progress of operations on labs. */
export function eventRoutes(dependencies: Dependencies): FastifyPluginAsyncZod {
  const { authentication, metrics, progress, settings } = dependencies;

  return async (app) => {
    const shutdown = new AbortController();
    const open = new Set<Promise<void>>();

    app.addHook('preClose', async () => {
      shutdown.abort();
      await Promise.all(open);
    });

    const stream = async (
      request: FastifyRequest,
      reply: FastifyReply,
      events: AsyncIterable<ProgressEvent>,
      isExtended: boolean,
    ): Promise<void> => {
      const answer = openEventStream(reply, {
        pingMs: settings.timeouts.ssePingMs,
        shutdown: shutdown.signal,
        stalledMs: settings.limits.stalledReaderMs,
        onStalled: () => metrics.cutEventStreams.inc(),
      });
      metrics.openEventStreams.inc();
      try {
        for await (const event of events) {
          await answer.send(formatEvent(event, isExtended));
        }
      } catch (error) {
        if (!answer.signal.aborted) {
          request.log.error({ err: error }, 'event stream broken off');
        }
      } finally {
        metrics.openEventStreams.dec();
        answer.end();
      }
    };

    app.get(
      `${LAB_ROUTE}/events`,
      {
        config: { access: 'user', isStream: true },
        schema: {
          tags: ['hub', 'user'],
          summary: 'Follow the progress of the current or latest operation on a lab',
          description:
            'Server-sent events named `info`, `error`, `complete` and `failed`; the last two end a spawn. ' +
            'The whole operation is replayed from its start, or after the event named by `Last-Event-ID`.',
          operationId: 'followLab',
          params: userPath,
          headers: eventsHeaders,
          querystring: eventsQuery,
          response: {
            200: { description: 'The events.', content: { 'text/event-stream': { schema: progressData } } },
            ...errorResponses({
              403: 'Not the user of the path.',
              404: 'The user has neither a lab nor a recent operation.',
              422: 'No authenticated user.',
              429: 'The user has too many event streams open.',
              503: 'Temporal is unavailable, labs have not been reconciled yet, or too many event streams are open.',
            }),
          },
        },
      },
      async (request, reply) => {
        const { username } = request.params;
        authentication.requireUser(request, username);

        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const lastEventId = parseEventId(request.headers['last-event-id']?.toString());
        const signal = AbortSignal.any([shutdown.signal, gone.signal]);
        const events = await progress.follow(username, { lastEventId, signal }).catch((error: unknown) => {
          throw locateUnknownUser(error, ['path', 'username']);
        });

        const streaming = stream(request, reply, events, request.query.extended ?? false);
        open.add(streaming);
        await streaming.finally(() => open.delete(streaming));
        return reply;
      },
    );
  };
}
