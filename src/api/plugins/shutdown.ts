import fastifyPlugin from 'fastify-plugin';
import { DomainError } from '../../domain/errors';

export interface ShutdownOptions {
  /** How long requests under way at the close of the listener may still take, in milliseconds. */
  readonly answerMs: number;
}

/**
 * Answers requests that a closing listener cannot serve with an error that clients retry: new requests on open
 * connections at once, and those that are not answered within `answerMs`. A deletion goes on, and is joined by the next
 * request for it. Streams end by themselves. Public routes are still served. Must be registered after the error
 * answers, and before the routes.
 */
export const shutdownAnswers = fastifyPlugin<ShutdownOptions>(
  async (app, { answerMs }) => {
    /**
     * Rejections of requests under way. A single promise that all of them race with would accumulate their reactions.
     */
    const unanswered = new Set<() => void>();
    let isClosing = false;
    let isOver = false;
    let timer: NodeJS.Timeout | null = null;

    app.addHook('preClose', async () => {
      isClosing = true;
      timer = setTimeout(() => {
        isOver = true;
        for (const giveUp of unanswered) giveUp();
      }, answerMs);
    });
    app.addHook('onClose', async () => {
      if (timer) clearTimeout(timer);
    });

    app.addHook('onRequest', async (request) => {
      if (isClosing && !request.is404 && request.routeOptions.config.access !== 'public')
        throw shuttingDown();
    });

    app.addHook('onRoute', (route) => {
      const { handler, config } = route;
      if (!config?.access || config.access === 'public') return;
      route.handler = async function answerInTime(request, reply) {
        // The body was received after the limit.
        if (isOver) throw shuttingDown();
        const { promise, reject } = Promise.withResolvers<never>();
        const giveUp = (): void => {
          void reply.header('connection', 'close');
          reject(shuttingDown());
        };
        unanswered.add(giveUp);
        try {
          return await Promise.race([handler.call(this, request, reply), promise]);
        } finally {
          unanswered.delete(giveUp);
        }
      };
    });
  },
  { name: 'shutdown-answers', dependencies: ['error-answers'] },
);

function shuttingDown(): DomainError {
  return new DomainError('shutting_down', 'This replica is being stopped; try again');
}
