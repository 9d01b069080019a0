import fastifyPlugin from 'fastify-plugin';
import type { z } from 'zod';
import { InvalidRequest, toProblems } from '../errors';

/**
 * The use of route schemas: they parse queries, and only document everything else. Routes check headers and bodies,
 * because the order of those checks is part of the API's contract; the compiler checks responses.
 */
export const routeSchemas = fastifyPlugin(
  async (app) => {
    app.setValidatorCompiler<z.ZodType>(({ httpPart, schema }) => (value: unknown) => {
      if (httpPart !== 'querystring') {
        return { value };
      }
      const parsed = schema.safeParse(value, { reportInput: true });
      return parsed.success
        ? { value: parsed.data }
        : { error: new InvalidRequest(toProblems(parsed.error.issues, 'query', () => true)) };
    });
    app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));

    /* Bodies are not parsed here: routes decide when to parse them. */
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  },
  { name: 'route-schemas' },
);
