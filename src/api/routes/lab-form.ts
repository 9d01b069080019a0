import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { MAX_POSIX_ID } from '../../domain/user';
import type { Dependencies } from '../dependencies';
import { errorResponses } from '../errors';
import { renderForm, renderUnavailable } from '../form/fragment';
import { formFor } from '../form/model';
import { userAndTokenHeaders, userPath } from '../schemas/parameters';
import { filesUrlOf } from '../services/files-url';
import { spawnRefusal } from '../services/plan';

/** The form in which users choose their lab. */
export function labFormRoutes({
  authentication,
  history,
  logger,
  terms,
}: Pick<Dependencies, 'authentication' | 'history' | 'logger' | 'terms'>): FastifyPluginAsyncZod {
  const lastOf = (username: string) =>
    history.lastOf(username).catch((error: unknown) => {
      logger.warn({ err: error, user: username }, 'a form goes without the end of the last lab');
      return null;
    });

  return async (app) => {
    app.get(
      '/spawner/v1/lab-form/:username',
      {
        config: { access: 'user' },
        schema: {
          tags: ['hub', 'user'],
          summary: 'Get the form to choose a lab by',
          description:
            "A fragment for JupyterHub to put inside its own form. Where the user's quota leaves nothing to choose, " +
            'it says that labs are unavailable; where no lab can be made for the user at all, it also says why.',
          operationId: 'getLabForm',
          params: userPath,
          headers: userAndTokenHeaders,
          response: {
            200: { description: 'The fragment.', content: { 'text/html': { schema: z.string() } } },
            ...errorResponses({
              401: 'The delegated token is invalid.',
              403: 'Not the user of the path.',
              422: 'No authenticated user.',
              500: 'The identity service failed.',
              503: 'Nothing is known of images yet.',
            }),
          },
        },
      },
      async (request, reply) => {
        const caller = await authentication.identify(request);
        const { user } = caller.actFor(request.params.username);
        const { images, settings } = terms();
        void reply.type('text/html; charset=utf-8');
        // An administrator, the only caller for another user's form, may also send that user's IDs with the request.
        const isOwn = authentication.nameOf(request) === user.username;
        const ids = isOwn ? {} : { uid: user.uid ?? MAX_POSIX_ID, gid: user.gid ?? MAX_POSIX_ID };
        const refusal = spawnRefusal({ ...user, ...ids }, settings.lab);
        if (refusal !== null) {
          return reply.send(renderUnavailable(user.quota?.spawn === false ? null : refusal.message));
        }
        const [{ menu, dropdown }, last] = await Promise.all([images.offer(), lastOf(user.username)]);
        const { homeSpace } = settings.lab;
        const fullHome = homeSpace && {
          canStart: homeSpace.whenFull === 'fail',
          filesUrl: filesUrlOf(settings),
        };
        const model = formFor(user, settings.lab, { images: menu, dropdown }, fullHome);
        return reply.send(model === null ? renderUnavailable() : renderForm(model, last));
      },
    );
  };
}
