import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freeLoopbackPort } from '../../src/process/address';
import { buildComponents } from '../../stack/build';
import { startChild, waitFor } from '../../stack/child';
import type { Stack } from '../../stack/description';
import { type HubApi, hubApi } from '../../stack/hub-api';
import { type HubAccess, hubAnswers, hubRequest, serverPath, statusOf } from '../../stack/hub-request';
import { hubComponents } from '../../stack/jupyterhub/components';
import { eventually } from './eventually';
import { HUB_VERSION } from './hub-version';
import { HUB_TOKEN, type TestUser } from './world';

/** What happens to the controller's requests on their way to the hub: passed on, answered so, or left without answer. */
export type HubBehaviour = 'well' | 'hangs' | 403 | 500;

const CONFIG_FILE = join(__dirname, '../data/exits/jupyterhub_config.py');

/** State of a user's server in the hub: ready, with a pending action, or absent. */
export type ServerState = 'ready' | 'gone' | 'pending';

/** A real JupyterHub whose servers are labs, and which does not poll them unless it is notified of an end. */
export class HubWithLabs {
  /** Of the controller's requests, those to delete a server that have reached the hub. */
  readonly deletions: string[] = [];
  /** Number of the controller's requests, whatever the behaviour. */
  notices = 0;
  behaviour: HubBehaviour = 'well';
  private readonly api: HubApi;

  private constructor(
    private readonly url: string,
    private readonly access: HubAccess,
    /** URL of the hub for the controller. */
    readonly noticeUrl: string,
    /** Holds the token of the controller's service. */
    readonly tokenPath: string,
    private readonly close: () => void,
  ) {
    this.api = hubApi(access);
  }

  /** Starts the hub in a folder of the stack; returns once it answers. */
  static async start(stack: Stack): Promise<HubWithLabs> {
    const { python } = await buildComponents({ components: hubComponents('api', HUB_VERSION) });
    const directory = join(stack.directory, 'exits-hub');
    mkdirSync(directory, { recursive: true });
    const lab = createServer((_request, response) => void response.end('{}'));
    const gate = createServer();
    const hubUrl = `http://127.0.0.1:${await freeLoopbackPort()}`;
    const [adminToken, noticeToken] = [token(), token()];
    const settings = {
      url: hubUrl,
      labUrl: await listening(lab),
      controllerUrl: `${stack.identity.proxyUrl}/nublado/spawner/v1`,
      hubToken: HUB_TOKEN,
      adminToken,
      noticeToken,
    };
    writeFileSync(join(directory, 'exits.json'), JSON.stringify(settings));
    const tokenPath = join(directory, 'token');
    writeFileSync(tokenPath, `${noticeToken}\n`);
    const args = ['-m', 'jupyterhub', `--config=${CONFIG_FILE}`];
    const plan = { name: 'exits-hub', command: python ?? '', args };
    const child = startChild(plan, { directory, logFile: join(stack.directory, 'logs', 'exits-hub.log') });
    const access = { apiUrl: `${hubUrl}/hub/api`, adminToken };
    const hub = new HubWithLabs(hubUrl, access, `${await listening(gate)}/hub/api`, tokenPath, () => {
      child.kill('SIGKILL');
      for (const server of [lab, gate]) {
        server.closeAllConnections();
        server.close();
      }
    });
    hub.stand(gate);
    await waitFor('jupyterhub', [child], () => hubAnswers(access.apiUrl));
    return hub;
  }

  stop(): void {
    this.close();
  }

  async register({ username }: TestUser): Promise<void> {
    await this.api.addUsers([username]);
  }

  /** Starts a user's server; resolves once it is ready. */
  async startServer(user: TestUser): Promise<void> {
    await this.api.start(user.username, { token: user.token });
    await this.until(user, 'ready');
  }

  /** Requests the end of a user's server and returns the status of the response. */
  async stopServer({ username }: TestUser): Promise<number> {
    return statusOf(hubRequest(this.access)('DELETE', serverPath(username)));
  }

  async stateOf({ username }: TestUser): Promise<ServerState> {
    const server = await this.api.server(username);
    if (!server) return 'gone';
    return server.ready && server.pending === null ? 'ready' : 'pending';
  }

  async until(user: TestUser, state: ServerState): Promise<void> {
    await eventually(
      () => this.stateOf(user),
      (seen) => seen === state,
    );
  }

  /** Starts the proxy between the controller and the hub. */
  private stand(gate: Server): void {
    gate.on('request', (request, response) => {
      const { headers, method = '', url = '' } = request;
      this.notices += 1;
      if (this.behaviour === 'hangs') return;
      if (this.behaviour !== 'well') {
        response.writeHead(this.behaviour).end();
        return;
      }
      if (method === 'DELETE') this.deletions.push(url);
      const init = { method, headers: { authorization: headers.authorization ?? '' } };
      void fetch(`${this.url}${url}`, init).then(
        async (answer) => response.writeHead(answer.status).end(await answer.text()),
        () => response.destroy(),
      );
    });
  }
}

const token = (): string => randomBytes(16).toString('hex');

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
