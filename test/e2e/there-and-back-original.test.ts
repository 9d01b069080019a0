import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { checkReference, type Reference, startReference } from '../../bench/versus/reference';
import { createReferenceAccount } from '../../bench/versus/reference-account';
import { prepareSite, type Site } from '../../bench/versus/site';
import { routeIngressTo } from '../../stack/controller';
import { startStack } from '../../stack/start';
import { aReferenceLab } from '../objects/reference-lab';
import { beginJourney, blocksOf, type Journey, tokenOf } from '../support/journey';
import { readAsOriginal } from '../support/original';
import { type World, worldOn } from '../support/world';

/** A Python interpreter with the original controller; `npm run versus -- --help` says how to make one. */
const PYTHON = process.env['NUBLADO_REFERENCE_PYTHON'] ?? '';

/** Those who have labs. */
const USERS = ['rachel', 'ribbon', 'wrench'];

let world: World;
let site: Site;
let journey: Journey;
let kubeconfig: string;
let original: Reference | undefined;
/** Pods that must stay, by user. */
const kept: Record<string, string> = {};

const labSchema = z.object({ status: z.string(), internal_url: z.string() });

/** Starts the original behind the ingress; returns once it answers. */
async function startOriginal(): Promise<void> {
  const { stack } = world;
  original = await startReference({ stack, site, python: PYTHON, kubeconfig });
  await original.ready();
  await routeIngressTo(stack, original.apiUrl);
}

async function stopOriginal(): Promise<void> {
  await original?.kill('SIGTERM');
  original = undefined;
}

async function expectKept(): Promise<void> {
  for (const username of USERS) expect(await journey.uidOfPod(username)).toBe(kept[username]);
}

const options = () => ({ image_tag: [site.imageTag], size: ['small'], enable_debug: ['true'] });

/** Compares a lab with one that other tests imitate, and with what they say that the original reads. */
async function expectImitated(username: string): Promise<void> {
  const { namespace, networkPolicy, service, ...others } = aReferenceLab(username);
  const read = async (path: string, group = '/api/v1') =>
    (await world.cluster.send('GET', `${group}/namespaces/lab-${username}${path}`)).body;
  const name = `${username}-nb`;
  expect(await read('')).toMatchObject(namespace);
  expect(await read('/services/lab')).toMatchObject(service);
  expect(await read(`/networkpolicies/${name}`, '/apis/networking.k8s.io/v1')).toMatchObject(networkPolicy);
  const real = {
    pod: await read(`/pods/${name}`),
    environment: await read(`/configmaps/${name}-env`),
    nss: await read(`/configmaps/${name}-nss`),
    secret: await read(`/secrets/${name}`),
    quota: await read(`/resourcequotas/${name}`),
  };
  expect(fieldsOf(real)).toEqual(expect.arrayContaining(fieldsOf(others)));
  expect(real.quota).toMatchObject({ spec: { hard: { 'limits.memory': String(27 * 2 ** 30) } } });
  const views = await readAsOriginal(world, 'lab');
  for (const [user, { url }] of Object.entries(views)) {
    expect(url).toBe((await world.hub.read(user)).internal_url);
  }
}

/** Names of all fields of an object, and those of what it contains; elements of a list count as one. */
function fieldsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const field = Array.isArray(value) ? '*' : name;
    return [field, ...fieldsOf(inner).map((below) => `${field}.${below}`)];
  });
}

(PYTHON ? describe : describe.skip)('with the original itself, at NUBLADO_REFERENCE_PYTHON', () => {
  beforeAll(async () => {
    const stack = await startStack({ name: `original-${randomBytes(4).toString('hex')}`, registry: true });
    world = await worldOn(stack, { configFile: '' });
    site = await prepareSite(stack, world.cluster);
    kubeconfig = await createReferenceAccount(stack, world.cluster, site.directory);
    journey = beginJourney(world, site.configFile, { NODE_EXTRA_CA_CERTS: site.certificateFile });
  });

  afterAll(async () => {
    await original?.kill('SIGKILL');
    await journey?.end();
    await site?.close();
    await world?.stop();
  });

  test('labs that it has made are adopted at once and never unknown', async () => {
    expect(await checkReference(PYTHON)).toBe('15.1.0');
    await startOriginal();
    for (const username of USERS) {
      await world.hub.start(username, tokenOf(username), { options: options() });
      kept[username] = await journey.uidOfPod(username);
    }
    await expectImitated('rachel');
    journey.transcript.say('# The original, 15.1.0, runs three labs.');
    await journey.ask('GET', '/labs');
    await stopOriginal();
    journey.transcript.say('# It is stopped.');
    journey.showPods();

    await journey.startOurs(USERS);

    await journey.untilRunning(USERS);
    await journey.ask('GET', '/labs?status=running');
    const answers = await journey.endPolls();
    for (const username of USERS) expect(answers[username]).toEqual(['no answer', 503, 200]);
    await expectKept();
  });

  test('one of them is replaced by a lab of ours', async () => {
    expect(await journey.ask('DELETE', '/labs/wrench')).toBe('204');
    const body = { options: options(), env: { JUPYTERHUB_SERVICE_PREFIX: '/nb/user/wrench/' } };
    expect(await journey.ask('POST', '/labs/wrench/create', tokenOf('wrench'), body)).toMatch(/^201/);
    await world.hub.follow('wrench', tokenOf('wrench'));
    await journey.untilRunning(USERS);
    kept['wrench'] = await journey.uidOfPod('wrench');
  });

  test('handed back, it takes all of them for running ones, and can end them', async () => {
    await journey.stopOurs();
    journey.handBack();
    await startOriginal();

    journey.transcript.say('# The original is started, and gives these addresses to the hub:');
    for (const username of USERS) {
      const { status, internal_url: url } = labSchema.parse(await world.hub.read(username));
      expect(status).toBe('running');
      journey.transcript.say(`${username}: ${url}`);
    }
    journey.showPods();
    await expectKept();
    for (const username of ['rachel', 'wrench']) {
      expect(await journey.ask('DELETE', `/labs/${username}`)).toBe('204');
    }
    expect(await journey.ask('GET', '/labs')).toBe('200 ["ribbon"]');
    expect(await journey.uidOfPod('ribbon')).toBe(kept['ribbon']);
  });

  test('the documentation shows what these tests have seen', () => {
    const [documented] = blocksOf('#### With the original itself', 'text');
    expect(documented).toBe(journey.transcript.text());
  });
});
