import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type ControllerProcess, startController } from '../../stack/controller';
import type { HubDescription } from '../../stack/description';
import { type OwnStack, startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { type HubAccounts, hubAccounts } from '../support/hub-accounts';
import { HUB_VERSION } from '../support/hub-version';

/*
 * Installations without Gafaelfawr: a user creates their file server with a token of the hub, and the program in its pod
 * asks the hub about each caller that comes through the Ingress or the HTTPRoute.
 */

const CONFIG_FILE = join(__dirname, '../data/e2e/file-servers.yaml');

/** What makes file servers reachable, by `fileserver.ingress.type`. */
const WAYS_IN = {
  ingress: { type: 'ingress' },
  httpRoute: { type: 'httpRoute', parentRefs: [{ name: 'public', namespace: 'default' }] },
} as const;

const IDS = { uid: 1000, gid: 100 };

let stack: OwnStack;
let hub: HubDescription;
let accounts: HubAccounts;

beforeAll(async () => {
  const name = `by-hub-${randomBytes(4).toString('hex')}`;
  stack = await startStack({ name, jupyterhub: 'api', hubVersion: HUB_VERSION, ingress: true, labs: true });
  if (!stack.jupyterhub) throw new Error('the stack has no JupyterHub');
  hub = stack.jupyterhub;
  accounts = hubAccounts(hub);
});

afterAll(() => stack?.stop());

/** The configuration of a controller whose users are those of the hub. */
function configFileFor(type: keyof typeof WAYS_IN): string {
  const config = parse(readFileSync(CONFIG_FILE, 'utf8')) as { fileserver: object };
  const fileserver = {
    ...config.fileserver,
    namespace: stack.kubernetes.fileServerNamespaces[type],
    ingress: WAYS_IN[type],
  };
  const auth = { type: 'jupyterhub', apiUrl: hub.apiUrl, defaultIds: IDS };
  const file = join(stack.directory, `${type}.yaml`);
  writeFileSync(file, stringify({ ...config, auth, fileserver }));
  return file;
}

/** Makes a user's home directory on the stack's nodes. */
function makeHome(username: string): void {
  const home = join(stack.directory, 'nodes/homes', username);
  mkdirSync(home, { recursive: true });
  chownSync(home, IDS.uid, IDS.gid);
}

const asPassword = (username: string, token: string) => ({
  authorization: `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}`,
});

describe.each(['ingress', 'httpRoute'] as const)('through an object of type %s', (type) => {
  let controller: ControllerProcess;

  beforeAll(async () => {
    const configFile = configFileFor(type);
    const environment = { REPERTOIRE_BASE_URL: '' };
    controller = await startController('serve', { stack, name: type, configFile, environment });
  });

  afterAll(() => controller.kill('SIGTERM'));

  const send = (username: string, token: string, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${stack.identity.proxyUrl}/files/${username}${path}`, {
      redirect: 'manual',
      ...init,
      headers: asPassword(username, token),
    });

  test('a user creates their file server with a token of the hub, and no one else gets in', async () => {
    const username = await accounts.aUser();
    const { token } = await accounts.issueToken(username);
    makeHome(username);
    const page = await fetch(`${controller.apiUrl}/files`, { headers: asPassword(username, token) });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(`/files/${username}`)]);

    await eventually(
      () => send(username, token, '/'),
      ({ status }) => status === 200,
    );
    const path = `/home/${username}/note.txt`;
    expect((await send(username, token, path, { method: 'PUT', body: 'a note' })).status).toBe(201);
    expect(await (await send(username, token, path)).text()).toBe('a note');

    const other = await accounts.issueToken(await accounts.aUser());
    const narrow = await accounts.issueToken(username, [`read:users!user=${username}`]);
    const refused = [
      await send(username, 'invented', path),
      await send(username, other.token, path),
      await send(username, narrow.token, path),
      await fetch(`${stack.identity.proxyUrl}/files/${username}${path}`),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 403, 403, 401]);

    const removed = await fetch(`${controller.apiUrl}/nublado/fileserver/v1/users/${username}`, {
      method: 'DELETE',
      headers: { authorization: `token ${hub.serviceToken}` },
    });
    expect(removed.status).toBe(204);
    expect((await send(username, token, path)).ok).toBe(false);
  });
});
