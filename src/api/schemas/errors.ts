import { z } from 'zod';

/** The body of every error but those for unknown paths and methods. */
export const errorBody = z
  .object({
    detail: z.array(
      z.object({
        loc: z
          .array(z.union([z.string(), z.int()]))
          .optional()
          .describe('Where in the request: `body`, `header`, `path` or `query`, then the path inside it.'),
        msg: z.string(),
        type: z.string().describe('Stable code of the error.'),
        input: z.unknown().optional().describe('The offending value, unless it could be a secret.'),
      }),
    ),
  })
  .meta({ id: 'ErrorBody' });

/** Entries of the OpenAPI document for the given statuses. */
export function errorResponses<Status extends number>(
  descriptions: Readonly<Record<Status, string>>,
): Record<Status, { description: string; content: { 'application/json': { schema: typeof errorBody } } }> {
  const entries = Object.entries<string>(descriptions).map(([status, description]) => [
    status,
    { description, content: { 'application/json': { schema: errorBody } } },
  ]);
  return Object.fromEntries(entries);
}
