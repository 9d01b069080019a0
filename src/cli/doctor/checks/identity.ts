import { z } from 'zod';
import { withoutTrailingSlashes } from '../../../domain/urls';
import { ANSWER_LIMITS } from '../../../http/fetch';
import { documentOf, getJson } from '../../../http/json';
import { type Check, ok, skipped } from '../check';
import { withoutSecrets } from '../reason';

const greeting = z.object({ version: z.string() });

/** The hub that the API asks about its callers' tokens answers. Gafaelfawr is found by service discovery. */
export const identity: Check = {
  name: 'identity',
  parts: ['api', 'all'],
  isLoggedByServices: true,
  remedy:
    'Start the hub, or correct auth.apiUrl, the URL of its REST API such as http://hub:8081/hub/api; network policies must ' +
    'let the API out to it.',
  async ask({ config, outgoing, remainingMs }) {
    const { auth } = config;
    if (auth.type !== 'jupyterhub') return skipped(`auth.type is ${auth.type}`);
    const where = withoutSecrets(auth.apiUrl);
    const unreachable = (problem: string) => new Error(`${where}: ${problem}`);
    const answer = await getJson(
      `${withoutTrailingSlashes(auth.apiUrl)}/`,
      { limitBytes: ANSWER_LIMITS.hub, redirect: 'error' },
      { fetch: outgoing.services, timeoutMs: remainingMs() },
      unreachable,
    );
    return ok(`JupyterHub ${documentOf(answer, greeting, unreachable).version} at ${where}`);
  },
};
