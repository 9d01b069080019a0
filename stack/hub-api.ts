import { z } from 'zod';
import { eventsOf } from './event-stream';
import { accepted, type HubAccess, hubRequest, serverPath } from './hub-request';

const activitySchema = z.string().nullable();

const serverSchema = z.object({
  ready: z.boolean(),
  /** What the hub is about to do with it, such as `spawn`. */
  pending: z.string().nullable(),
  started: z.string().nullable(),
  last_activity: activitySchema,
  /** What the spawner has saved; ours saves the lab's URL. */
  state: z.object({ internal_url: z.string().nullish() }).nullish(),
});

const userSchema = z.object({
  last_activity: activitySchema,
  /** By their names; the one that users have by default has the empty one. */
  servers: z.record(z.string(), serverSchema),
});

const progressSchema = z.object({
  progress: z.number(),
  message: z.string().default(''),
  ready: z.boolean().default(false),
  failed: z.boolean().default(false),
});

/** A user as the hub sees them. */
export type HubUser = z.infer<typeof userSchema>;

/** A user's server as the hub sees it. */
export type HubServer = z.infer<typeof serverSchema>;

/** A step of a spawn as the hub shows it on its page. */
export type SpawnStep = z.infer<typeof progressSchema>;

/** A hub's own API, by its service `tests`. */
export interface HubApi {
  /** Makes users, who need not log in. */
  addUsers(usernames: readonly string[]): Promise<void>;
  user(username: string): Promise<HubUser>;
  /** Undefined for users who have none. */
  server(username: string): Promise<HubServer | undefined>;
  /** Asks for a user's server, with what they have chosen in the form; returns while it is starting. */
  start(username: string, options: Readonly<Record<string, string | readonly string[]>>): Promise<void>;
  /** Follows a spawn to its end. @throws Error in the hub's words when it fails. */
  follow(username: string, onStep: (step: SpawnStep) => void): Promise<void>;
  /** Asks to end a user's server; returns while it is stopping. */
  stop(username: string): Promise<void>;
}

/** A client of the hub's API. Everything rejects, in the hub's words, when that refuses. */
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
