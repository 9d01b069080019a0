import fastifyPlugin from 'fastify-plugin';
import type { z } from 'zod';
import { InvalidRequest, toProblems } from '../errors';

/**
 * What route schemas do: queries are parsed by them, everything else is only documented by them. Headers and
 * bodies are checked in routes, because the order of those checks is part of the API's contract, and answers
 * are checked by the compiler.
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

    /* Bodies stay as they came: routes decide when to read them. */
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  },
  { name: 'route-schemas' },
);
