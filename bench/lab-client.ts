import type { EventSourceMessage } from 'eventsource-parser';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { eventsOf } from '../src/http/event-stream';

/** A user of the stack's identity service. */
export interface LabUser {
  readonly username: string;
  readonly token: string;
}

/** One server-sent event; `at` is the instant of its arrival by the clock of `performance.now()`. */
export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly message: string;
  readonly at: number;
}

const labSchema = z.object({
  status: z.string(),
  internal_url: z.string().nullish(),
  failure: z.object({ reason: z.string(), message: z.string() }).nullish(),
});

/** The parts of a lab's state that loads and checks read. */
export type LabState = z.infer<typeof labSchema>;

/**
 * A client of the controller's API without an ingress: it sends the identity headers itself, so that the work of a
 * proxy is not measured. Network errors are thrown unchanged.
 */
export class LabClient {
  private readonly dispatcher = new Agent({ headersTimeout: 180_000, bodyTimeout: 0 });
  private readonly base: string;

  constructor(apiUrl: string, pathPrefix = '/nublado') {
    this.base = `${apiUrl}${pathPrefix}/spawner/v1`;
  }

  /** Requests a small lab with that image and returns the status of the answer. */
  async create({ username, token }: LabUser, imageTag: string): Promise<number> {
    const form = {
      options: { image_tag: [imageTag], size: ['small'] },
      env: { JUPYTERHUB_SERVICE_PREFIX: `/nb/user/${username}/`, JUPYTERHUB_USER: username },
    };
    const answer = await request(`${this.base}/labs/${username}/create`, {
      dispatcher: this.dispatcher,
      method: 'POST',
      headers: { ...identityOf(username, token), 'content-type': 'application/json' },
      body: JSON.stringify(form),
    });
    await answer.body.dump();
    return answer.statusCode;
  }

  /**
   * Follows the current operation, after an event received before if one is given. Returns its last event once that
   * is `complete` or `failed`; null when the stream ends without either.
   *
   * @throws Error when the stream is refused or cut.
   */
  async follow(
    { username, token }: LabUser,
    onEvent: (event: StreamEvent) => void,
    lastEventId?: string,
  ): Promise<StreamEvent | null> {
    const { statusCode, body } = await request(`${this.base}/labs/${username}/events`, {
      dispatcher: this.dispatcher,
      headers: {
        ...identityOf(username, token),
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
    });
    if (statusCode !== 200) throw new Error(`${statusCode} for the events: ${await body.text()}`);
    for await (const message of eventsOf(body)) {
      const event = readEvent(message);
      if (event.event === 'ping') continue;
      onEvent(event);
      if (event.event === 'complete' || event.event === 'failed') return event;
    }
    return null;
  }

  /** The lab's state, or null for status 404. */
  async read(username: string): Promise<LabState | null> {
    const answer = await request(`${this.base}/labs/${username}`, {
      dispatcher: this.dispatcher,
      headers: identityOf('bot-jupyterhub'),
    });
    if (answer.statusCode === 404) {
      await answer.body.dump();
      return null;
    }
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${await answer.body.text()}`);
    return labSchema.parse(await answer.body.json());
  }

  /** The names of all users with a lab, optionally with one in a status. */
  async list(status?: string): Promise<string[]> {
    const query = status === undefined ? '' : `?status=${status}`;
    const { statusCode, body } = await request(`${this.base}/labs${query}`, {
      dispatcher: this.dispatcher,
      headers: identityOf('operator'),
    });
    if (statusCode !== 200) throw new Error(`${statusCode}: ${await body.text()}`);
    return z.array(z.string()).parse(await body.json());
  }

  /** Deletes the lab and returns the status of the answer, 404 without a lab. */
  async remove(username: string): Promise<number> {
    const answer = await request(`${this.base}/labs/${username}`, {
      dispatcher: this.dispatcher,
      method: 'DELETE',
      headers: identityOf('bot-jupyterhub'),
    });
    await answer.body.dump();
    return answer.statusCode;
  }

  /** Closes all connections, also those in use. */
  close(): Promise<void> {
    return this.dispatcher.destroy();
  }
}

function identityOf(username: string, token?: string): Record<string, string> {
  return {
    'x-auth-request-user': username,
    ...(token === undefined ? {} : { 'x-auth-request-token': token }),
  };
}

function readEvent({ id = '', event = 'message', data }: EventSourceMessage): StreamEvent {
  const parsed = z.object({ message: z.string().default('') }).safeParse(JSON.parse(data));
  return { id, event, message: parsed.data?.message ?? data, at: performance.now() };
}
