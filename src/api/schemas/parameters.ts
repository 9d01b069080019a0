import { z } from 'zod';

/** Path of routes about one user. */
export const userPath = z.object({ username: z.string() });

/** Headers that the ingress adds for an authenticated caller. */
export const userHeader = z.object({
  'x-auth-request-user': z.string().describe('Username of the caller, set by the ingress.'),
});

/** The same with the caller's delegated token. */
export const userAndTokenHeaders = userHeader.extend({
  'x-auth-request-token': z.string().describe('Delegated token of the caller, set by the ingress.'),
});
