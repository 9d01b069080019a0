import type { EventSourceMessage } from 'eventsource-parser';
import { eventsOf } from '../src/http/event-stream';

/** One progress event as JupyterHub shows it. */
export interface HubProgress {
  readonly id: string | undefined;
  readonly event: string;
  readonly message: string;
  readonly progress: number | undefined;
}

export interface HubClientOptions {
  /** URL of the ingress in front of the controller. */
  readonly ingressUrl: string;
  /** The hub's own token, for requests that are not on behalf of a user. */
  readonly hubToken: string;
  readonly pathPrefix?: string;
}

export interface StartOptions {
  /** Form data as JupyterHub sends it: lists of strings. */
  readonly options: Readonly<Record<string, readonly string[]>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Identity of the user for installations without Gafaelfawr; needs the hub's own token. */
  readonly user?: object;
  readonly onProgress?: (progress: HubProgress) => void;
}

/** An answer that the hub's spawner treats as an error. */
export class ControllerError extends Error {
  override readonly name = 'ControllerError';

  constructor(
    readonly status: number,
    url: string,
    readonly body: string,
  ) {
    super(`${status} from ${url}: ${body}`);
  }
}

/** The spawn failed; the message is the controller's. */
export class SpawnFailed extends Error {
  override readonly name = 'SpawnFailed';
}

/**
 * A client of the controller with the behaviour of the deployed JupyterHub spawner: the same requests in the same
 * order, and the same interpretation of answers.
 */
export class HubClient {
  private readonly base: string;

  constructor(private readonly options: HubClientOptions) {
    this.base = `${options.ingressUrl}${options.pathPrefix ?? '/nublado'}/spawner/v1`;
  }

  /** Requests a lab, replaces an orphaned one once, follows its progress and returns its URL. */
  async start(username: string, userToken: string, options: StartOptions): Promise<string> {
    const answer = await this.create(username, userToken, options);
    if (answer.status === 409) {
      await this.stop(username);
      await this.requireOk(await this.create(username, userToken, options));
    } else {
      await this.requireOk(answer);
    }
    await this.follow(username, userToken, options.onProgress);
    const { internal_url: url } = await this.read(username);
    if (typeof url !== 'string') throw new Error(`the lab of ${username} has no URL after its spawn`);
    return url;
  }

  /** Requests a lab and returns the response. */
  async create(username: string, userToken: string, options: StartOptions): Promise<Response> {
    const environment = {
      JUPYTERHUB_SERVICE_PREFIX: `/nb/user/${encodeURIComponent(username)}/`,
      JUPYTERHUB_USER: username,
      ...options.environment,
    };
    return this.request('POST', `labs/${username}/create`, userToken, {
      options: options.options,
      env: environment,
      user: options.user,
    });
  }

  /**
   * Follows the current operation to its end or to the end of the stream; from the start, or after an event that was
   * received before.
   *
   * @throws SpawnFailed on the event `failed`.
   */
  async follow(
    username: string,
    userToken: string,
    onProgress: (progress: HubProgress) => void = () => undefined,
    lastEventId?: string,
  ): Promise<void> {
    const headers: Record<string, string> = lastEventId ? { 'last-event-id': lastEventId } : {};
    const path = `labs/${username}/events`;
    const answer = await this.requireOk(await this.request('GET', path, userToken, undefined, headers));
    for await (const message of eventsOf(answer.body)) {
      const progress = readProgress(message);
      if (progress.event === 'ping') continue;
      onProgress(progress);
      if (progress.event === 'complete') return;
      if (progress.event === 'failed') throw new SpawnFailed(progress.message);
    }
  }

  /** Polls as JupyterHub does: null while the lab runs or starts, else an exit status. */
  async poll(username: string): Promise<0 | 1 | null> {
    const answer = await this.request('GET', `labs/${username}`, this.options.hubToken);
    if (answer.status === 404) return 0;
    const { status } = (await (await this.requireOk(answer)).json()) as LabAnswer;
    if (status === 'failed') return 1;
    return status === 'terminating' || status === 'terminated' ? 0 : null;
  }

  /** The API's answer about the lab. */
  async read(username: string): Promise<LabAnswer> {
    const answer = await this.request('GET', `labs/${username}`, this.options.hubToken);
    return (await (await this.requireOk(answer)).json()) as LabAnswer;
  }

  /** Deletes the lab, if there is one. */
  async stop(username: string): Promise<void> {
    const answer = await this.request('DELETE', `labs/${username}`, this.options.hubToken);
    if (answer.status !== 404) await this.requireOk(answer);
  }

  private request(
    method: string,
    path: string,
    token: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return fetch(`${this.base}/${path}`, {
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  private async requireOk(answer: Response): Promise<Response> {
    if (answer.ok) return answer;
    throw new ControllerError(answer.status, answer.url, await answer.text());
  }
}

/** The parts of the API's answer that the hub reads. */
export interface LabAnswer {
  readonly status: string;
  readonly internal_url: string | null;
  readonly failure: { readonly reason: string; readonly message: string } | null;
}

/** An event with unknown keys is corrupt for the deployed spawner: its whole data becomes the message. */
function readProgress({ id, event = 'message', data }: EventSourceMessage): HubProgress {
  const parsed = JSON.parse(data) as { message?: string; progress?: number };
  const isSound = Object.keys(parsed).every((key) => key === 'message' || key === 'progress');
  return isSound
    ? { id, event, message: parsed.message ?? '', progress: parsed.progress }
    : { id, event, message: data, progress: undefined };
}
