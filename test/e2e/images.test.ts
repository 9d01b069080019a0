import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ControllerProcess } from '../../stack/controller';
import { pushImages } from '../../stack/registry/push';
import { type OwnStack, startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { HUB_TOKEN, type TestUser, type World, worldOn } from '../support/world';

/** May see what administrators see. */
const OPERATOR_TOKEN = 'gt-operator.fake';

const REPOSITORY = 'example/sketchbook';
const CONFIG = readFileSync(join(__dirname, '../data/e2e/images.yaml'), 'utf8');

/** Weeklies, dailies, two releases, and the recommended one, which is the newest weekly. */
const IMAGES = [
  ...Array.from({ length: 40 }, (_, index) => `w_2077_${String(index + 1).padStart(2, '0')}`),
  ...Array.from({ length: 28 }, (_, index) => `d_2077_02_${String(index + 1).padStart(2, '0')}`),
  'r23_0_0',
  'r23_0_1',
  'exp_w_2077_10_nosudo',
]
  .map((tag) => ({ tag, content: tag }))
  .concat({ tag: 'recommended', content: 'w_2077_40' });

const status = z.object({
  images: z.object({
    prepulled: z.array(z.object({ tag: z.string(), nodes: z.array(z.string()) })),
    pending: z.array(z.object({ tag: z.string() })),
  }),
});

const list = z.object({
  recommended: z.object({ name: z.string(), prepulled: z.boolean() }),
  latest_weekly: z.object({ tag: z.string() }),
  all: z.array(z.object({ tag: z.string() })),
});

const lab = z.object({ options: z.object({ image: z.string() }) });

let directory: string;
let stack: OwnStack;
let world: World;
let api: ControllerProcess;
let digests: ReadonlyMap<string, string>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'images-'));
  const configFile = join(directory, 'config.yaml');
  stack = await startStack({ name: `images-${process.pid}`, registry: true, nodes: 3 });
  const registry = stack.registry?.openHost ?? '';
  writeFileSync(configFile, CONFIG.replace('REGISTRY', registry));
  world = await worldOn(stack, { configFile });
  api = await world.start('api');
  await world.start('watcher');
});

afterAll(async () => {
  await world.stop();
  rmSync(directory, { recursive: true });
});

const spawner = (path: string) => `${world.stack.identity.proxyUrl}/nublado/spawner/v1/${path}`;

async function ask(path: string, token: string) {
  const answer = await fetch(spawner(path), { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, text: await answer.text() };
}

const formOf = ({ username, token }: TestUser) => ask(`lab-form/${username}`, token);

async function prepulls() {
  return status.parse(JSON.parse((await ask('prepulls', OPERATOR_TOKEN)).text)).images;
}

test('a fresh installation serves while there is no image catalogue, and reports that', async () => {
  const user = await world.aUser();
  const readiness = await fetch(`${api.opsUrl}/readyz`);
  expect([readiness.status, await readiness.json()]).toEqual([
    200,
    expect.objectContaining({ catalogue: expect.stringContaining('Nothing is known of images yet') }),
  ]);
  expect((await formOf(user)).status).toBe(503);
  expect((await ask('images', OPERATOR_TOKEN)).text).toContain('images_unavailable');
  const lab = await ask(`labs/${user.username}`, HUB_TOKEN);
  expect([lab.status, lab.text]).toEqual([503, expect.stringContaining('labs_not_reconciled')]);
});

test('an empty repository offers nothing, and then what is pushed to it', async () => {
  await world.start('worker');
  digests = await pushImages(world.stack.registry?.openHost ?? '', REPOSITORY, IMAGES);
  const { all, recommended, latest_weekly } = await eventually(
    async () => list.safeParse(JSON.parse((await ask('images', OPERATOR_TOKEN)).text)).data,
    // Images are read while they are pushed.
    (images) => images?.all.length === IMAGES.length,
  ).then((images) => list.parse(images));

  expect(all).toHaveLength(IMAGES.length);
  expect(all[0]?.tag).toBe('recommended');
  expect(recommended.name).toBe('Recommended (Weekly 2077_40)');
  expect(latest_weekly.tag).toBe('w_2077_40');
});

test('every node gets the images that users are likely to choose, and the form offers them', async () => {
  const { prepulled } = await eventually(
    prepulls,
    ({ prepulled, pending }) => prepulled.length > 0 && pending.length === 0,
  );
  expect(prepulled.map(({ tag }) => tag).toSorted()).toEqual([
    'd_2077_02_27',
    'd_2077_02_28',
    'r23_0_1',
    'w_2077_39',
    'w_2077_40',
  ]);
  expect(new Set(prepulled.map(({ nodes }) => nodes.length))).toEqual(new Set([3]));

  const { text } = await formOf(await world.aUser());
  const radios = [...text.matchAll(/id="image\d+"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*id="image\d+"/g)];
  expect(radios).toHaveLength(5);
  expect(text).toContain(`recommended@${digests.get('w_2077_40')}`);
});

test('a spawn by class is pinned to the digest, and one of an image that is not prepulled asks the registry', async () => {
  const [first, second] = [await world.aUser(), await world.aUser()];
  await world.hub.start(first.username, first.token, {
    options: { image_class: ['recommended'], size: ['small'] },
  });
  await world.hub.start(second.username, second.token, {
    options: { image_tag: ['w_2077_05'], size: ['small'] },
  });
  const images = await Promise.all(
    [first, second].map(
      async ({ username }) =>
        lab.parse(JSON.parse((await ask(`labs/${username}`, HUB_TOKEN)).text)).options.image,
    ),
  );
  expect(images[0]).toMatch(`:recommended@${digests.get('recommended')}`);
  expect(images[1]).toMatch(`:w_2077_05@${digests.get('w_2077_05')}`);
});

test('while the registry is away, forms, lists and spawns of known images go on', async () => {
  const user = await world.aUser();
  await stack.kill('registry');
  await eventually(
    async () => world.temporal.workflow.getHandle('image-catalogue').describe(),
    ({ memo }) => JSON.stringify(memo?.['freshness']).includes('failure":"'),
  );

  expect((await formOf(user)).status).toBe(200);
  expect((await prepulls()).prepulled).toHaveLength(5);
  await world.hub.start(user.username, user.token, {
    options: { image_class: ['latest-daily'], size: ['small'] },
  });
  const other = await world.aUser();
  const refused = await world.hub.create(other.username, other.token, {
    options: { image_tag: ['w_2077_06'], size: ['small'] },
  });
  expect(refused.status).toBe(503);
});
