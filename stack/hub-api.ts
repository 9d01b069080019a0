import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { z } from 'zod';
import type { HubDescription } from './description';

const serverSchema = z.object({
  ready: z.boolean(),
  pending: z.string().nullable(),
  started: z.string(),
});

const userSchema = z.object({ servers: z.record(z.string(), serverSchema) });

const progressSchema = z.object({
  progress: z.number(),
  message: z.string().default(''),
  ready: z.boolean().default(false),
  failed: z.boolean().default(false),
});

/** A user's server as the hub sees it. */
export type HubServer = z.infer<typeof serverSchema>;

/** A step of a spawn as the hub shows it on its page. */
export type SpawnStep = z.infer<typeof progressSchema>;

/** A full hub's own API, by its service `tests`. */
export interface HubApi {
  /** Asks for a user's server, with what they have chosen in the form; returns while it is starting. */
  start(username: string, options: Readonly<Record<string, readonly string[]>>): Promise<void>;
  /** Follows a spawn to its end. @throws Error in the hub's words when it fails. */
  follow(username: string, onStep: (step: SpawnStep) => void): Promise<void>;
  /** Undefined for users who have none. */
  server(username: string): Promise<HubServer | undefined>;
  /** Asks to end a user's server; returns while it is stopping. */
  stop(username: string): Promise<void>;
}

/** A client of the hub's API. */
export function hubApi({ apiUrl, adminToken }: Pick<HubDescription, 'apiUrl' | 'adminToken'>): HubApi {
  async function send(method: string, path: string, body?: object): Promise<Response> {
    const answer = await fetch(`${apiUrl}/users/${path}`, {
      method,
      headers: { authorization: `token ${adminToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.ok) return answer;
    throw new Error(`the hub answers ${answer.status} to ${method} ${path}: ${await answer.text()}`);
  }

  return {
    async start(username, options) {
      await send('POST', `${username}/server`, options);
    },
    async follow(username, onStep) {
      const answer = await send('GET', `${username}/server/progress`);
      const messages: EventSourceMessage[] = [];
      const parser = createParser({ onEvent: (message) => messages.push(message) });
      const decoder = new TextDecoder();
      for await (const chunk of answer.body ?? []) {
        parser.feed(decoder.decode(chunk, { stream: true }));
        for (const { data } of messages.splice(0)) {
          const step = progressSchema.parse(JSON.parse(data));
          onStep(step);
          if (step.failed) throw new Error(step.message);
          if (step.ready) return;
        }
      }
      throw new Error('the hub ended the progress of a spawn that goes on');
    },
    async server(username) {
      return userSchema.parse(await (await send('GET', username)).json()).servers[''];
    },
    async stop(username) {
      await send('DELETE', `${username}/server`);
    },
  };
}
