import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseConfig } from '../../src/config/config';
import { createDiscoveryClient } from '../../src/discovery/repertoire';
import type { LabObjectsInput } from '../../src/objects/lab/input';
import { startStack } from '../../stack/start';
import { manifestsOf } from '../objects/cases';
import { essence, storedObject } from '../support/stored-objects';
import { formFor, type TestUser, type World, worldOn } from '../support/world';

const CONFIG_FILE = join(__dirname, '../data/e2e/every-option.yaml');

const GIB = 1024 ** 3;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What the site has in the controller's own namespace. */
const SECRETS = {
  site: { type: 'Opaque', data: { butler: base64('butler'), more: base64('more') } },
  other: { type: 'Opaque', data: { plain: base64('plain') } },
  registry: {
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64('{"auths": {}}') },
  },
};

const HUB_SECRETS = { JUPYTERHUB_API_TOKEN: 'hub-token', CULLER_KEY: 'culler-key' };

const USER = { name: 'Rachel: Ruderman', uid: 1101, gid: 500 };
const GROUPS = [
  { name: 'users', id: 500 },
  { name: 'g:special', id: 1101 },
];

let world: World;
let user: TestUser;
let url: string;

async function furnish(): Promise<void> {
  for (const [name, secret] of Object.entries(SECRETS)) {
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, ...secret };
    await world.cluster.apply(`/api/v1/namespaces/nublado/secrets/${name}`, object);
  }
  for (const accessMode of ['ReadWriteMany', 'ReadOnlyMany']) {
    const name = `every-option-${accessMode.toLowerCase()}`;
    const spec = {
      accessModes: [accessMode],
      capacity: { storage: '1Gi' },
      storageClassName: 'every-option',
      nfs: { server: 'nfs.example', path: '/' },
    };
    const object = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec };
    await world.cluster.apply(`/api/v1/persistentvolumes/${name}`, object);
  }
}

beforeAll(async () => {
  const stack = await startStack({ name: `e2e-${randomBytes(4).toString('hex')}` });
  world = await worldOn(stack, { configFile: CONFIG_FILE }, ['serve']);
  await furnish();
  const quota = { api: {}, tap: {}, notebook: { cpu: 4.5, memory: 27, spawn: true } };
  user = await world.aUser({ ...USER, groups: GROUPS, quota });
  const options = { ...formFor('fast'), enable_debug: ['true'], reset_user_env: ['true'] };
  const environment = { ...HUB_SECRETS, FROM_HUB: 'replaced', UNTOUCHED: 'from the hub' };
  url = await world.hub.start(user.username, user.token, { options, environment });
});

afterAll(() => world.stop());

const labelled = z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }) });
const withData = z.object({ data: z.record(z.string(), z.string()) });

/** The expected input of the builders, with the actual spawn ID and token, which are random. */
async function expectedInput(): Promise<LabObjectsInput> {
  const { username } = user;
  const { identity } = world.stack;
  const { config } = parseConfig(readFileSync(CONFIG_FILE, 'utf8'), {
    REPERTOIRE_BASE_URL: identity.discoveryUrl,
    EXTERNAL_INSTANCE_URL: identity.proxyUrl,
  });
  const namespace = `/api/v1/namespaces/every-${username}`;
  const { labels } = labelled.parse((await world.cluster.send('GET', namespace)).body).metadata;
  const secret = await world.cluster.send('GET', `${namespace}/secrets/${username}-nb`);
  const token = Buffer.from(withData.parse(secret.body).data.token ?? '', 'base64').toString();
  const quota = { cpu: 4.5, memory: 27 * GIB };
  const plan: LabObjectsInput['plan'] = {
    user: { ...USER, username, groups: GROUPS, quota: { ...quota, spawn: true } },
    image: { reference: 'registry.example.com/lab:behaviour-fast', name: 'fast', digest: null },
    size: 'small',
    resources: { limits: { cpu: 1, memory: GIB }, requests: { cpu: 0.1, memory: GIB / 4 } },
    quota,
    enableDebug: true,
    resetUserEnv: true,
    environment: { JUPYTERHUB_SERVICE_PREFIX: `/nb/user/${username}/` },
    namespace: `every-${username}`,
  };
  const repertoire = { repertoireBaseUrl: identity.discoveryUrl, discoveryCacheMs: 0, timeoutMs: 10_000 };
  return {
    config,
    plan,
    operationId: labels['nublado.lsst.io/spawn-id'] ?? '',
    secrets: {
      token,
      hubEnvironment: HUB_SECRETS,
      environment: {
        JUPYTERHUB_SERVICE_PREFIX: `/nb/user/${username}/`,
        JUPYTERHUB_USER: username,
        FROM_HUB: 'replaced',
        UNTOUCHED: 'from the hub',
      },
    },
    copiedSecrets: SECRETS,
    pullSecret: SECRETS.registry,
    discovery: await createDiscoveryClient(repertoire).read(),
  };
}

test('a lab with every option at once runs, and its objects are those that its configuration asks for', async () => {
  expect(url).toContain(`:8888/nb/user/${user.username}/`);
  expect(await world.hub.poll(user.username)).toBeNull();
  const input = await expectedInput();
  expect(input.secrets.token).toMatch(/^gt-[\w-]{22}\.notebook$/);
  const manifests = manifestsOf(input);
  expect(manifests).toHaveLength(11);
  for (const manifest of manifests) {
    expect(essence(await storedObject(world.cluster, manifest))).toMatchObject(essence(manifest) as object);
  }
});
