import { z } from 'zod';
import { eventsOf } from '../src/http/event-stream';
import { accepted, type HubAccess, hubRequest, serverPath } from './hub-request';

const activitySchema = z.string().nullable();

const serverSchema = z.object({
  ready: z.boolean(),
  /** The operation in progress, such as `spawn`. */
  pending: z.string().nullable(),
  started: z.string().nullable(),
  last_activity: activitySchema,
  /** State that the spawner has saved; the Nublado spawner saves the lab's URL. */
  state: z.object({ internal_url: z.string().nullish() }).nullish(),
});

const userSchema = z.object({
  last_activity: activitySchema,
  /** By name; the default server has the empty name. */
  servers: z.record(z.string(), serverSchema),
});

const progressSchema = z.object({
  progress: z.number(),
  message: z.string().default(''),
  ready: z.boolean().default(false),
  failed: z.boolean().default(false),
});

/** A user in the hub's answer. */
export type HubUser = z.infer<typeof userSchema>;

/** A server in the hub's answer. */
export type HubServer = z.infer<typeof serverSchema>;

/** A progress event of a spawn in the hub's stream. */
export type SpawnStep = z.infer<typeof progressSchema>;

/** A hub's REST API, with the token of service `tests`. */
export interface HubApi {
  /** Creates users, who need not log in. */
  addUsers(usernames: readonly string[]): Promise<void>;
  user(username: string): Promise<HubUser>;
  /** Undefined for users without a server. */
  server(username: string): Promise<HubServer | undefined>;
  /** Requests a user's server with the form data; returns while it is starting. */
  start(username: string, options: Readonly<Record<string, string | readonly string[]>>): Promise<void>;
  /** Follows a spawn to its end. @throws Error with the hub's message when it fails. */
  follow(username: string, onStep: (step: SpawnStep) => void): Promise<void>;
  /** Requests the end of a user's server; returns while it is stopping. */
  stop(username: string): Promise<void>;
}

/** A client of the hub's API. All methods reject with the hub's message when it refuses. */
export function hubApi(access: HubAccess): HubApi {
  const ask = hubRequest(access);

  async function act(method: string, path: string, body?: object): Promise<void> {
    await (await accepted(ask(method, path, body))).body?.cancel();
  }

  const api: HubApi = {
    addUsers: (usernames) => act('POST', 'users', { usernames }),
    async user(username) {
      return userSchema.parse(await (await accepted(ask('GET', `users/${username}`))).json());
    },
    server: async (username) => (await api.user(username)).servers[''],
    start: (username, options) => act('POST', serverPath(username), options),
    async follow(username, onStep) {
      const answer = await accepted(ask('GET', `${serverPath(username)}/progress`));
      for await (const { data } of eventsOf(answer.body)) {
        const step = progressSchema.parse(JSON.parse(data));
        onStep(step);
        if (step.failed) throw new Error(step.message);
        if (step.ready) return;
      }
      throw new Error('the hub ended the progress of a spawn that goes on');
    },
    stop: (username) => act('DELETE', serverPath(username)),
  };
  return api;
}
