import type { HubDescription } from './description';

/** URL of a hub's REST API, and a token for it. */
export type HubAccess = Pick<HubDescription, 'apiUrl' | 'adminToken'>;

/** Sends a request to the hub's REST API and returns the response with any status. Rejects without a response. */
export type HubRequest = (method: string, path: string, body?: object) => Promise<Response>;

/** Requests to a hub with this token. */
export function hubRequest({ apiUrl, adminToken }: HubAccess): HubRequest {
  return (method, path, body) =>
    fetch(`${apiUrl}/${path}`, {
      method,
      headers: { authorization: `token ${adminToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

/** The path of a user's default server: `POST` starts it, `DELETE` stops it. */
export const serverPath = (username: string): string => `users/${username}/server`;

/** The response, if its status is 2xx. @throws Error with the hub's message for any other status. */
export async function accepted(sent: Response | Promise<Response>): Promise<Response> {
  const answer = await sent;
  if (answer.ok) return answer;
  throw new Error(`the hub answers ${answer.status} to ${answer.url}: ${await answer.text()}`);
}

/** Whether a hub answers with status 2xx; needs no token. Rejects without a response. */
export async function hubAnswers(apiUrl: string): Promise<boolean> {
  return (await statusOf(fetch(`${apiUrl}/`))) === 200;
}

/** The status of a response, whose body is discarded. */
export async function statusOf(sent: Promise<Response>): Promise<number> {
  const answer = await sent;
  await answer.body?.cancel();
  return answer.status;
}
