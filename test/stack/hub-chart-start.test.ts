import { randomInt } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Chart, type Manifest, theChart, yamlFile } from '../support/chart';
import { theHubChart } from '../support/hub-chart';
import { aDatabase, type Database, type RenderedHub, startRenderedHub } from '../support/rendered-hub';
import { theStack } from '../support/stack';

/*
 * The hubs of the examples, started with what their charts render: files, environment, user and command of the pod, its
 * image's Python packages and the plugins, PostgreSQL and the proxy.
 */

const SITE = Object(yamlFile('examples/site/values.yaml'));
const NAMESPACES = { oidc: 'hub-oidc', site: 'hub-site' };

/** Each key of the Secret that the examples name, with another value. */
const secrets = (name: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  data: Object.fromEntries(
    Object.entries({
      'hub.config.JupyterHub.cookie_secret': 'a'.repeat(64),
      'hub.config.CryptKeeper.keys': 'b'.repeat(64),
      'hub.db.password': 'password',
      'hub.services.nublado-spawner.apiToken': 'token-of-spawner',
      'hub.services.nublado-controller.apiToken': 'token-of-controller',
      'values.yaml': 'hub: { config: { GenericOAuthenticator: { client_secret: secret } } }',
    }).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  ),
});

/** A service of this test, by which it reads what the hub runs with. */
const TESTS = {
  services: { tests: { apiToken: 'token-of-tests' } },
  loadRoles: {
    tests: {
      services: ['tests'],
      scopes: ['read:hub', 'proxy', 'list:services', 'admin:users', 'read:users'],
    },
  },
};

/** An address that no other run has: the hub's port is that of the chart. */
const loopbackAddress = (): string =>
  `127.${[64 + randomInt(64), randomInt(256), 1 + randomInt(254)].join('.')}`;

let directory: string;
let database: Database;
let hub: RenderedHub;
let site: RenderedHub;

beforeAll(async () => {
  // Where all users may enter, and no other program makes files meanwhile, which the root of a pod would then have.
  directory = join(theStack().directory, `hub-chart-${randomInt(2 ** 32)}`);
  mkdirSync(directory);
  const chart = await theChart();
  database = await aDatabase(directory);
  const started = async (
    namespace: string,
    [ours, theirs]: readonly [object, object],
    more: { readonly db: object; readonly others: readonly Manifest[] },
  ) => {
    const [hubChart, controllerChart] = await Promise.all([
      theHubChart(namespace),
      theChart(undefined, namespace),
    ]);
    return startRenderedHub({
      chart,
      objects: hubChart.objects(theirs, { hub: { ...TESTS, db: more.db } }),
      others: [...more.others, ...settingsIn(controllerChart, ours)],
      namespace,
      address: loopbackAddress(),
      directory: join(directory, namespace),
      needed: [database.directory],
    });
  };
  const settingsIn = (controller: Chart, values: object): Manifest[] =>
    controller.objects(values).filter(({ metadata }) => metadata.name === 'hub-config');
  const token: Manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'gafaelfawr-token' },
    data: { token: Buffer.from('token-of-hub').toString('base64') },
  };
  const examples = ['values', 'jupyterhub'].map((name) => Object(yamlFile(`examples/oidc-hub/${name}.yaml`)));
  [hub, site] = await Promise.all([
    started(NAMESPACES.oidc, [examples[0], examples[1]], {
      db: { url: database.url },
      others: [secrets('hub-secrets')],
    }),
    started(NAMESPACES.site, [{ global: SITE.global, ...SITE.nublado }, SITE.jupyterhub], {
      // A database of its own, though in memory.
      db: { type: 'sqlite-memory', url: null, upgrade: null },
      others: [secrets('nublado-hub-secret'), token],
    }),
  ]);
});

afterAll(async () => {
  await Promise.all([hub?.stop(), site?.stop()]);
  database?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function read(url: string, token = 'token-of-tests'): Promise<unknown> {
  const answer = await fetch(url, { headers: { authorization: `token ${token}` }, redirect: 'manual' });
  expect(answer.status).toBe(200);
  return answer.json();
}

test('the hub runs the plugin of the spawner, with the logins that the site has', async () => {
  expect(await read(`${hub.url}/hub/api/info`)).toMatchObject({
    version: '5.5.0',
    spawner: { class: 'nublado_hub.spawner.NubladoSpawner' },
    authenticator: { class: 'oauthenticator.generic.GenericOAuthenticator' },
  });
  expect(await read(`${site.url}/nb/hub/api/info`)).toMatchObject({
    spawner: { class: 'nublado_hub.spawner.NubladoSpawner' },
    authenticator: { class: 'nublado_hub.authenticator.GafaelfawrAuthenticator' },
  });
});

test('tokens of the shared Secret are those of services, which may do what they need and no more', async () => {
  expect(await read(`${hub.url}/hub/api/user`, 'token-of-controller')).toMatchObject({
    name: 'nublado-controller',
    kind: 'service',
    scopes: expect.arrayContaining(['delete:servers', 'read:servers', 'users:activity']),
  });
  const { scopes } = Object(await read(`${hub.url}/hub/api/user`, 'token-of-controller'));
  expect(scopes).not.toContain('admin:servers');
  expect(await read(`${hub.url}/hub/api/user`, 'token-of-spawner')).toMatchObject({
    name: 'nublado-spawner',
    scopes: expect.arrayContaining(['admin:servers']),
  });
});

test('users are led to the identity provider, with the secret of the client in the hub only', async () => {
  const answer = await fetch(`${hub.url}/hub/oauth_login`, { redirect: 'manual' });
  expect(answer.status).toBe(302);
  expect(answer.headers.get('location')).toMatch(
    /^https:\/\/login\.example\.org\/authorize\?.*client_id=jupyterhub/,
  );
});

test('the proxy leads to the hub by a name that is one in every namespace', async () => {
  expect(await read(`${hub.url}/hub/api/proxy`)).toMatchObject({
    '/': { target: `http://hub.${NAMESPACES.oidc}:8081` },
  });
});

test('sessions are in PostgreSQL, and the culler of idle labs is a service of the hub', async () => {
  const user = await fetch(`${hub.url}/hub/api/users/rachel`, {
    method: 'POST',
    headers: { authorization: 'token token-of-tests' },
  });
  expect(user.status).toBe(201);
  expect(hub.log()).toMatch(/postgresql/i);
  expect(Object.keys(Object(await read(`${hub.url}/hub/api/services`)))).toEqual(
    expect.arrayContaining(['jupyterhub-idle-culler', 'nublado-controller', 'nublado-spawner']),
  );
});

test('nothing of the configuration is refused', () => {
  for (const text of [hub.log(), site.log()]) {
    expect(text).toContain('Loading /usr/local/etc/jupyterhub/jupyterhub_config.d config: 00_nublado.py');
    expect(text).not.toMatch(/Traceback|not recognized|\[E /);
  }
});
