import { createParser } from 'eventsource-parser';
import { Agent, type Dispatcher, request } from 'undici';
import { z } from 'zod';

/** One report of a spawn's progress, as the hub tells browsers. */
export interface HubReport {
  readonly message: string;
  readonly isReady: boolean;
  readonly isFailed: boolean;
}

const reportSchema = z
  .object({
    message: z.string().default(''),
    ready: z.boolean().default(false),
    failed: z.boolean().default(false),
  })
  .transform(({ message, ready, failed }): HubReport => ({ message, isReady: ready, isFailed: failed }));

const userSchema = z.object({ servers: z.record(z.string(), z.unknown()).default({}) });

/** A client of a JupyterHub's REST API, as a service that may handle users and servers. */
export class HubApi {
  private readonly dispatcher = new Agent({ headersTimeout: 600_000, bodyTimeout: 0 });

  constructor(
    private readonly apiUrl: string,
    private readonly token: string,
  ) {}

  /** Makes users who have not logged in. */
  async register(usernames: readonly string[]): Promise<void> {
    await this.send('POST', 'users', { usernames });
  }

  /** Begins to start a user's server. */
  async start(username: string, form: object): Promise<void> {
    await this.send('POST', `users/${username}/server`, form);
  }

  /** Stops a user's server; the hub may go on with that afterwards. */
  async stop(username: string): Promise<void> {
    await this.send('DELETE', `users/${username}/server`);
  }

  /** Whether the hub has a server of a user, in whatever state. */
  async hasServer(username: string): Promise<boolean> {
    const { servers } = userSchema.parse(await this.send('GET', `users/${username}`));
    return '' in servers;
  }

  /**
   * Follows a spawn as a browser does, and gives the last report.
   *
   * @throws Error when the stream is refused or ends early.
   */
  async follow(
    username: string,
    onReport: (report: HubReport) => void = () => undefined,
  ): Promise<HubReport> {
    const { statusCode, body } = await this.request('GET', `users/${username}/server/progress`);
    if (statusCode !== 200) throw new Error(`${statusCode} for progress: ${await body.text()}`);
    const reports: HubReport[] = [];
    const parser = createParser({
      onEvent: ({ data }) => reports.push(reportSchema.parse(JSON.parse(data))),
    });
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      parser.feed(decoder.decode(chunk as Buffer, { stream: true }));
      for (const report of reports.splice(0)) {
        onReport(report);
        if (!report.isReady && !report.isFailed) continue;
        body.destroy();
        return report;
      }
    }
    throw new Error('the progress ended early');
  }

  /** Ends all connections, also those in use. */
  close(): Promise<void> {
    return this.dispatcher.destroy();
  }

  private async send(method: Dispatcher.HttpMethod, path: string, body?: object): Promise<unknown> {
    const answer = await this.request(method, path, body);
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} for ${method} ${path}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  private request(method: Dispatcher.HttpMethod, path: string, body?: object) {
    return request(`${this.apiUrl}/${path}`, {
      method,
      dispatcher: this.dispatcher,
      headers: { authorization: `token ${this.token}` },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
}
