import type { EventSourceMessage } from 'eventsource-parser';
import { z } from 'zod';
import { withoutTrailingSlashes } from '../../domain/urls';
import { eventsOf } from '../../http/event-stream';
import { ANSWER_LIMITS, readBody } from '../../http/fetch';
import { reasonOf, withoutSecrets } from '../doctor/reason';

/** Where labs are asked for, and with which tokens. */
export interface LabApiSettings {
  /** Base URL with the path prefix of the API. */
  readonly url: string;
  readonly username: string;
  readonly userToken: string;
  /** Of a caller who may end labs. */
  readonly administratorToken: string;
  /** Ends all requests. */
  readonly signal: AbortSignal;
}

/** One progress event. */
export interface CanaryEvent {
  readonly id: string | null;
  readonly type: string;
  readonly message: string;
}

/** An answer of the API that is no success. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';

  constructor(
    readonly status: number,
    message: string,
    /** Whether the answer has the form of the API's errors, not that of something else at this URL. */
    readonly isFromApi: boolean,
  ) {
    super(message);
  }
}

/** The calls of the API that a canary needs. */
export interface LabApi {
  /** Whether the user has a lab, as a caller sees it who may end it. @throws ApiRefusal */
  exists(): Promise<boolean>;
  /** Asks for a lab. @throws ApiRefusal */
  create(options: Readonly<Record<string, string>>): Promise<void>;
  /** Events of the spawn, after one that was seen; ends with the stream. @throws ApiRefusal */
  follow(lastEventId: string | null): AsyncGenerator<CanaryEvent>;
  /** Ends the lab; done when its pod is gone. @throws ApiRefusal */
  remove(): Promise<void>;
}

const eventData = z.object({ message: z.string().default('') });
const refusal = z.object({ detail: z.array(z.object({ msg: z.string() })) });

/** A client of the API for one user's lab. */
export function createLabApi({
  url,
  username,
  userToken,
  administratorToken,
  signal,
}: LabApiSettings): LabApi {
  const lab = `${withoutTrailingSlashes(url)}/spawner/v1/labs/${encodeURIComponent(username)}`;

  async function send(address: string, token: string, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${token}` };
    const response = await fetch(address, { ...init, headers, redirect: 'manual', signal }).catch(
      (error: unknown) => {
        throw signal.aborted ? signal.reason : new Error(`${withoutSecrets(address)}: ${reasonOf(error)}`);
      },
    );
    if (response.ok) return response;
    const text = String(await readBody(response, ANSWER_LIMITS.hub).catch(() => ''));
    const detail = detailIn(text);
    const { status } = response;
    const message = `${withoutSecrets(address)}: status ${status}${detail && `: ${detail}`}`;
    throw new ApiRefusal(status, message, detail !== '');
  }

  return {
    async exists() {
      try {
        const response = await send(lab, administratorToken, {});
        await response.body?.cancel();
        return true;
      } catch (error) {
        if (error instanceof ApiRefusal && error.status === 404 && error.isFromApi) return false;
        throw error;
      }
    },
    async create(options) {
      const env = {
        JUPYTERHUB_SERVICE_PREFIX: `/user/${encodeURIComponent(username)}/`,
        JUPYTERHUB_USER: username,
      };
      const response = await send(`${lab}/create`, userToken, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ options, env }),
      });
      await response.body?.cancel();
    },
    async *follow(lastEventId) {
      const headers: Record<string, string> = lastEventId === null ? {} : { 'last-event-id': lastEventId };
      const { body } = await send(`${lab}/events`, userToken, { headers });
      for await (const event of eventsOf(body)) yield readEvent(event);
    },
    async remove() {
      const response = await send(lab, administratorToken, { method: 'DELETE' });
      await response.body?.cancel();
    },
  };
}

function readEvent({ id, event = 'message', data }: EventSourceMessage): CanaryEvent {
  return { id: id ?? null, type: event, message: eventData.safeParse(documentIn(data)).data?.message ?? '' };
}

/** What the API says; empty for answers that are not in its form. */
function detailIn(text: string): string {
  const words = refusal.safeParse(documentIn(text)).data?.detail.map(({ msg }) => msg) ?? [];
  return withoutSecrets(words.join('; '));
}

function documentIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
