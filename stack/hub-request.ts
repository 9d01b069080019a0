import type { HubDescription } from './description';

/** Where a hub's REST API is, and a token for it. */
export type HubAccess = Pick<HubDescription, 'apiUrl' | 'adminToken'>;

/** Asks for a path of a hub's REST API and gives the answer, whatever its status. Rejects while there is no hub. */
export type HubRequest = (method: string, path: string, body?: object) => Promise<Response>;

/** Requests to a hub with the rights of its token. */
export function hubRequest({ apiUrl, adminToken }: HubAccess): HubRequest {
  return (method, path, body) =>
    fetch(`${apiUrl}/${path}`, {
      method,
      headers: { authorization: `token ${adminToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

/** The path of a user's server: to start it with `POST`, to stop it with `DELETE`. */
export const serverPath = (username: string): string => `users/${username}/server`;

/** The answer of a hub that does as it was asked. @throws Error in the hub's words when it refuses. */
export async function accepted(sent: Response | Promise<Response>): Promise<Response> {
  const answer = await sent;
  if (answer.ok) return answer;
  throw new Error(`the hub answers ${answer.status} to ${answer.url}: ${await answer.text()}`);
}

/** Whether a hub answers well, which takes no token. Rejects while there is no hub. */
export async function hubAnswers(apiUrl: string): Promise<boolean> {
  return (await statusOf(fetch(`${apiUrl}/`))) === 200;
}

/** The status of an answer of which nothing else is wanted. */
export async function statusOf(sent: Promise<Response>): Promise<number> {
  const answer = await sent;
  await answer.body?.cancel();
  return answer.status;
}
