import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { pushImages } from '../../stack/registry/push';
import { type RunningStack, startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { type World, worldOn } from '../support/world';

const REPOSITORY = 'example/sketchbook';
const UNREACHABLE = '127.0.0.1:1';

let stack: RunningStack;
let world: World;

beforeAll(async () => {
  stack = await startStack({ name: `first-seconds-${randomBytes(4).toString('hex')}`, registry: true });
  world = await worldOn(stack, { configFile: fileWith({ registry: stack.registry?.openHost ?? '' }) });
  await pushImages(stack.registry?.openHost ?? '', REPOSITORY, [
    { tag: 'w_2077_44', content: 'w_2077_44' },
    { tag: 'recommended', content: 'w_2077_44' },
  ]);
});

afterAll(() => world.stop());

/** A configuration whose images come from a registry. */
function fileWith({ registry, readinessPatience = '30s' }: { registry: string; readinessPatience?: string }) {
  const text = readFileSync(join(__dirname, '../data/e2e/images.yaml'), 'utf8');
  const config = parse(text.replace('REGISTRY', registry)) as object;
  const file = join(stack.directory, `config-${randomBytes(4).toString('hex')}.yaml`);
  writeFileSync(file, stringify({ ...config, timeouts: { readinessPatience } }));
  return file;
}

test('an unavailable registry keeps the API unready for its patience only, and the probe has what is missing', async () => {
  const registry = UNREACHABLE;
  const away = await worldOn(stack, { configFile: fileWith({ registry, readinessPatience: '3s' }) });
  const [api, worker] = await Promise.all([away.start('api'), away.start('worker')]);
  const user = await away.aUser();

  const readiness = await (await fetch(`${api.opsUrl}/readyz`)).json();
  const form = await formOf(away, user);

  expect(readiness).toMatchObject({
    status: 'ok',
    checks: { catalogue: 'ok' },
    catalogue: expect.stringContaining('Nothing is known of images yet'),
  });
  expect([form.status, form.headers.get('retry-after')]).toEqual([503, '5']);
  await Promise.all([api.kill('SIGTERM'), worker.kill('SIGTERM')]);
});

function formOf({ stack }: World, { username, token }: { username: string; token: string }) {
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${stack.identity.proxyUrl}/nublado/spawner/v1/lab-form/${username}`, { headers });
}

test('as soon as a process is ready, forms are answered and labs are made', async () => {
  const user = await world.aUser();

  const controller = await world.start('serve');
  const [form, create] = await Promise.all([
    formOf(world, user),
    world.hub.create(user.username, user.token, {
      options: { image_class: ['recommended'], size: ['small'] },
    }),
  ]);

  expect([form.status, await form.text()]).toEqual([200, expect.any(String)]);
  expect([create.status, await create.text()]).toEqual([201, 'null']);
  expect(await (await fetch(`${controller.opsUrl}/readyz`)).json()).not.toHaveProperty('catalogue');
  await eventually(
    () => world.hub.read(user.username),
    ({ status }) => status === 'running',
  );
});
