import { z } from 'zod';
import type { HubDescription } from '../../stack/description';
import { hubApi } from '../../stack/hub-api';
import { accepted, hubAnswers, hubRequest, serverPath, statusOf } from '../../stack/hub-request';
import type { LabUser } from '../lab-client';

/** A user's server in JupyterHub's answer. */
export interface HubServer {
  readonly isReady: boolean;
  /** The operation in progress, such as `spawn`. */
  readonly pending: string | null;
  /** The lab's URL in the spawner's saved state. */
  readonly internalUrl: string | null;
}

/** Requests to a real JupyterHub as its users and its administrator. Methods reject when the hub does not answer. */
export interface JupyterHub {
  /** Whether the hub answers. */
  isUp(): Promise<boolean>;
  /** Logs in through the ingress as a browser does, so that the hub has the user and their token. */
  logIn(user: LabUser): Promise<void>;
  /** Requests the user's server and returns the status: 202 while it starts. */
  start(username: string, imageTag: string): Promise<number>;
  /** Requests its end and returns the status: 204 when it has ended, 202 while it stops. */
  stop(username: string): Promise<number>;
  /** The server in the hub's database, null without one. */
  server(username: string): Promise<HubServer | null>;
  /** Targets of the proxy's routes, by user. */
  routes(): Promise<ReadonlyMap<string, string>>;
  /** The lab's answer through ingress and proxy, null unless it is a success. */
  visit(user: LabUser): Promise<string | null>;
}

const routesSchema = z.record(
  z.string(),
  z.object({ target: z.string(), data: z.object({ user: z.string().optional() }) }),
);

/** Connects to a full JupyterHub of the stack. */
export function reachJupyterHub(description: HubDescription): JupyterHub {
  const { apiUrl, url } = description;
  const ask = hubRequest(description);
  const api = hubApi(description);
  const comeIn = ({ token }: LabUser, path: string) =>
    fetch(`${url}${path}`, { redirect: 'manual', headers: { authorization: `Bearer ${token}` } });

  return {
    isUp: () => hubAnswers(apiUrl).catch(() => false),
    async logIn(user) {
      const status = await statusOf(comeIn(user, 'hub/gafaelfawr/login'));
      if (status !== 302) throw new Error(`JupyterHub answered ${status} to the login of ${user.username}`);
    },
    start: (username, imageTag) =>
      statusOf(ask('POST', serverPath(username), { image_tag: [imageTag], size: ['small'] })),
    stop: (username) => statusOf(ask('DELETE', serverPath(username))),
    async server(username) {
      const server = await api.server(username);
      if (!server) return null;
      const { ready, pending, state } = server;
      return { isReady: ready, pending, internalUrl: state?.internal_url ?? null };
    },
    async routes() {
      const routes = routesSchema.parse(await (await accepted(ask('GET', 'proxy'))).json());
      return new Map(
        Object.values(routes).flatMap(({ data: { user }, target }) =>
          user === undefined ? [] : [[user, target]],
        ),
      );
    },
    async visit(user) {
      const answer = await comeIn(user, `user/${user.username}/`);
      const text = await answer.text();
      return answer.status === 200 ? text : null;
    },
  };
}
