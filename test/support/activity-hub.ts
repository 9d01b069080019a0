import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { freeLoopbackPort } from '../../src/process/address';
import { buildComponents } from '../../stack/build';
import { type Child, startChild, waitFor } from '../../stack/child';
import { hubApi } from '../../stack/hub-api';
import { hubAnswers } from '../../stack/hub-request';
import { hubComponents } from '../../stack/jupyterhub/components';
import { eventually } from './eventually';
import { HUB_VERSION } from './hub-version';

/** The hub's state of a user; `server` is null while none runs. */
export interface SeenUser {
  readonly lastActivity: string | null;
  readonly server: { readonly lastActivity: string | null } | null;
}

/** A real JupyterHub for one test, whose servers are labs that the test creates. */
export interface ActivityHub {
  readonly apiUrl: string;
  /** File with the token of service `nublado`, which has the scope `users:activity` only. */
  readonly tokenPath: string;
  readonly serviceToken: string;
  /** Token that manages users, servers and tokens. */
  readonly adminToken: string;
  /** Starts the server of a new user; returns the environment that the hub gives it. */
  startServer(username: string): Promise<Readonly<Record<string, string>>>;
  read(username: string): Promise<SeenUser>;
  /** Starts `jupyterhub-idle-culler`, which checks every second. */
  cull(timeoutSeconds: number): Child;
  kill(): Promise<void>;
  /** Starts the killed hub again with its database. */
  revive(): Promise<void>;
}

const CONFIG_FILE = join(__dirname, '../data/e2e/activity_hub.py');

/** The culler reads its token only from the environment, which the children of a stack do not get. */
const CULLER = [
  'import json, os',
  'from jupyterhub_idle_culler import main',
  'tokens = json.load(open("settings.json"))["tokens"]',
  'os.environ["JUPYTERHUB_API_TOKEN"] = tokens["culler"]',
  'main()',
].join('\n');

/** Starts a hub whose files are in a new folder `hub` in this one. It must be killed at the end. */
export async function startActivityHub(parent: string): Promise<ActivityHub> {
  const directory = join(parent, 'hub');
  mkdirSync(directory, { mode: 0o700 });
  const { python: command = '' } = await buildComponents({ components: hubComponents('api', HUB_VERSION) });
  const origin = `http://127.0.0.1:${await freeLoopbackPort()}`;
  const apiUrl = `${origin}/hub/api`;
  const newToken = () => randomBytes(16).toString('hex');
  const tokens = { nublado: newToken(), culler: newToken(), tests: newToken() };
  writeFileSync(join(directory, 'settings.json'), JSON.stringify({ url: origin, tokens }), { mode: 0o600 });
  const tokenPath = join(directory, 'service-token');
  writeFileSync(tokenPath, `${tokens.nublado}\n`, { mode: 0o600 });

  const placeOf = (name: string) => ({ directory, logFile: join(directory, `${name}.log`) });
  const launch = () => {
    const args = ['-m', 'jupyterhub', `--config=${CONFIG_FILE}`];
    return startChild({ name: 'jupyterhub', command, args }, placeOf('jupyterhub'));
  };
  const ready = (child: Child) => waitFor('jupyterhub', [child], () => hubAnswers(apiUrl));
  let child = launch();
  await ready(child);

  const api = hubApi({ apiUrl, adminToken: tokens.tests });

  async function read(username: string): Promise<SeenUser> {
    const { last_activity: lastActivity, servers } = await api.user(username);
    const server = servers['']?.ready ? { lastActivity: servers[''].last_activity } : null;
    return { lastActivity, server };
  }

  return {
    apiUrl,
    tokenPath,
    serviceToken: tokens.nublado,
    adminToken: tokens.tests,
    read,
    async startServer(username) {
      await api.addUsers([username]);
      await api.start(username, {});
      await eventually(
        () => read(username),
        ({ server }) => server !== null,
      );
      const written: unknown = JSON.parse(readFileSync(join(directory, `${username}.json`), 'utf8'));
      return z.record(z.string(), z.string()).parse(written);
    },
    cull(timeoutSeconds) {
      const options = [`--url=${apiUrl}`, `--timeout=${timeoutSeconds}`, '--cull-every=1'];
      return startChild({ name: 'culler', command, args: ['-c', CULLER, ...options] }, placeOf('culler'));
    },
    async kill() {
      const ended = new Promise<void>((resolve) => child.onEnd(() => resolve()));
      child.kill('SIGKILL');
      await ended;
    },
    async revive() {
      child = launch();
      await ready(child);
    },
  };
}
