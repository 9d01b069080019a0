import fastifyPlugin from 'fastify-plugin';
import { DomainError } from '../../domain/errors';

export interface ShutdownOptions {
  /** How long requests that are under way when the listener is closed may still be answered, in milliseconds. */
  readonly answerMs: number;
}

/**
 * Answers, with an error that clients retry, what the listener cannot serve any more once it is being closed: requests
 * that come on connections which are still open, at once, and those that are not answered within `answerMs`, of which
 * a deletion goes on and is joined by the next one. Streams end by themselves. Public routes are left alone. Must be
 * registered after the error answers, and before the routes.
 */
export const shutdownAnswers = fastifyPlugin<ShutdownOptions>(
  async (app, { answerMs }) => {
    /** Of the requests under way. Without one promise that all of them race with, which would collect their reactions. */
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
        // Its body has come late.
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
