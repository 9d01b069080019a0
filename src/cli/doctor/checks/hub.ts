import { z } from 'zod';
import type { Config } from '../../../config/config';
import { withoutTrailingSlashes } from '../../../domain/urls';
import { ANSWER_LIMITS } from '../../../http/fetch';
import { documentOf, getJson } from '../../../http/json';
import { readServiceToken } from '../../../jupyterhub/service-token';
import { type Check, type Finding, failed, ok, skipped, warning } from '../check';
import { reasonOf, withoutSecrets } from '../reason';

const owner = z.object({ kind: z.string(), name: z.string(), scopes: z.array(z.string()) });

type Settings = NonNullable<Config['hub']>;

/** Scopes of the hub that the settings need. */
export function neededScopes({ notifyExit, aggregateActivity }: Settings): string[] {
  return [
    ...(notifyExit ? ['delete:servers', 'read:servers'] : []),
    ...(aggregateActivity ? ['users:activity'] : []),
  ];
}

/** Judges whose token it is, and its scopes. */
export function judgeToken({ kind, name, scopes }: z.output<typeof owner>, settings: Settings): Finding {
  const missing = neededScopes(settings).filter((scope) => !scopes.includes(scope));
  if (missing.length === 0) return ok(`${kind} ${name} at ${withoutSecrets(settings.apiUrl)}`);
  return warning(
    `the token of ${kind} ${name} lacks the scopes ${missing.join(', ')}`,
    'Give a role with these scopes to the service in c.JupyterHub.load_roles, and restart the hub.',
  );
}

/** What to do about a status of the hub that is no success. */
export function judgeStatus(status: number, apiUrl: string): Finding {
  const message = `${withoutSecrets(apiUrl)} answers with status ${status}`;
  if (status === 401 || status === 403) {
    return failed(
      message,
      'The hub does not know the token: put that of the controller’s service in c.JupyterHub.services into the Secret ' +
        '(`hubToken.existingSecret`), which is mounted at hub.tokenPath.',
    );
  }
  return failed(
    message,
    'Set hub.apiUrl to the URL of the REST API, such as http://hub:8081/hub/api; where that is right, read the hub’s log.',
  );
}

/** The hub answers with the controller's token, which has the scopes. */
export const hub: Check = {
  name: 'hub',
  parts: ['api', 'worker', 'all'],
  remedy:
    'Start the hub, or correct hub.apiUrl, the URL of its REST API; network policies must let this pod out to it, and ' +
    'the hub’s must let it in.',
  async ask({ config, outgoing, remainingMs }) {
    const settings = config.hub;
    if (settings === null) return skipped('no hub is configured');
    let token: string;
    try {
      token = await readServiceToken(settings.tokenPath);
    } catch (error) {
      return failed(
        reasonOf(error),
        'Put the token of the controller’s service in the hub into a Secret, and name it by `hubToken.existingSecret`, ' +
          'which is mounted at hub.tokenPath.',
      );
    }
    const unreachable = (problem: string) => new Error(`${withoutSecrets(settings.apiUrl)}: ${problem}`);
    const answer = await getJson(
      `${withoutTrailingSlashes(settings.apiUrl)}/user`,
      { headers: { authorization: `Bearer ${token}` }, limitBytes: ANSWER_LIMITS.hub, redirect: 'error' },
      { fetch: outgoing.services, timeoutMs: remainingMs() },
      unreachable,
    );
    if (!answer.response.ok) return judgeStatus(answer.response.status, settings.apiUrl);
    return judgeToken(documentOf(answer, owner, unreachable), settings);
  },
};
