import { z } from 'zod';
import type { HubDescription } from '../../stack/description';
import { hubApi } from '../../stack/hub-api';
import { accepted, hubAnswers, hubRequest, serverPath, statusOf } from '../../stack/hub-request';
import type { LabUser } from '../lab-client';

/** A user's server as JupyterHub has it recorded. */
export interface HubServer {
  readonly isReady: boolean;
  /** What the hub is about to do with it, such as `spawn`. */
  readonly pending: string | null;
  /** The lab's URL as the spawner has saved it. */
  readonly internalUrl: string | null;
}

/** A real JupyterHub as its users and its administrator reach it. Rejects when the hub does not answer. */
export interface JupyterHub {
  /** Whether the hub answers. */
  isUp(): Promise<boolean>;
  /** Comes through the ingress as a browser does, so that the hub knows the user and their token. */
  logIn(user: LabUser): Promise<void>;
  /** Asks for the user's server and gives the status: 202 when that is under way. */
  start(username: string, imageTag: string): Promise<number>;
  /** Asks for its end and gives the status: 204 when it has ended, 202 when that is under way. */
  stop(username: string): Promise<number>;
  /** The server that the hub has recorded, null if there is none. */
  server(username: string): Promise<HubServer | null>;
  /** Where the hub's proxy leads to, by user. */
  routes(): Promise<ReadonlyMap<string, string>>;
  /** What the user's lab answers through ingress and proxy, null without success. */
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
