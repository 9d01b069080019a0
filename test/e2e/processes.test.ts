import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startUnreadyController } from '../../stack/controller';
import { BEHAVIOUR_ANNOTATION } from '../../stack/kubelet/behaviours';
import { startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { formFor, type TestUser, type World, worldOn } from '../support/world';

const PROGRAM = join(__dirname, '../../dist/cli/main.js');

let world: World;

beforeAll(async () => {
  const stack = await startStack({ name: `e2e-${randomBytes(4).toString('hex')}` });
  world = await worldOn(stack, { configFile: impatientConfig() });
});

afterAll(() => world.stop());

/** The configuration of other tests, by which processes get less time to stop. */
function impatientConfig(): string {
  const usual = readFileSync(join(__dirname, '../data/e2e/config.yaml'), 'utf8');
  const file = join(mkdtempSync(join(tmpdir(), 'nublado-config-')), 'config.yaml');
  writeFileSync(file, usual.replace('timeouts:', 'timeouts:\n  shutdown: 8s'));
  return file;
}

function nublado(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = {
    PATH: process.env['PATH'],
    REPERTOIRE_BASE_URL: 'https://example.com/repertoire',
    ...environment,
  };
  return spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8', env });
}

test('a stopped controller ends in good order and leaves running labs alone', async () => {
  const controller = await world.start('serve');
  const { username, token } = await world.aUser();
  await world.hub.start(username, token, { options: formFor('fast') });

  await controller.kill('SIGTERM');

  expect(await controller.exited).toBe(0);
  const successor = await world.start('serve');
  expect((await world.hub.read(username)).status).toBe('running');
  await world.hub.stop(username);
  await successor.kill('SIGTERM');
});

test('an event stream ends cleanly when the API is stopped, and goes on at the next one', async () => {
  const others = await Promise.all([world.start('worker'), world.start('watcher')]);
  const api = await world.start('api');
  const { username, token } = await world.aUser();
  await world.hub.create(username, token, { options: formFor('slow') });
  const seen: string[] = [];

  const interrupted = world.hub.follow(username, token, ({ id }) => seen.push(id ?? ''));
  await eventually(
    async () => seen.length,
    (count) => count > 0,
  );
  await api.kill('SIGTERM');
  await interrupted;
  others.push(await world.start('api'));
  await world.hub.follow(username, token, ({ id }) => seen.push(id ?? ''), seen.at(-1));

  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.map((id) => Number(id.split('.')[1]))).toEqual(seen.map((_, index) => index + 1));
  await Promise.all(others.map((controller) => controller.kill('SIGTERM')));
});

/** Selects how the simulated kubelet treats the pod of a lab from now on. */
async function treatPod({ username }: TestUser, behaviour: string): Promise<void> {
  const change = { metadata: { annotations: { [BEHAVIOUR_ANNOTATION]: behaviour } } };
  const path = `/api/v1/namespaces/lab-${username}/pods/${username}-nb`;
  await world.cluster.send('PATCH', path, change, 'application/strategic-merge-patch+json');
}

test.each([
  ['serve', []],
  ['api', ['worker', 'watcher']],
] as const)(
  'a deletion that waits for its pod when %s is stopped gets an answer to be asked again, and is joined then',
  async (command, others) => {
    const [controller, ...rest] = await Promise.all([
      world.start(command),
      ...others.map((other) => world.start(other)),
    ]);
    const user = await world.aUser();
    await world.hub.start(user.username, user.token, { options: formFor('fast') });
    await treatPod(user, 'stuck-terminating');
    const deletion = fetch(`${controller.apiUrl}/nublado/spawner/v1/labs/${user.username}`, {
      method: 'DELETE',
      headers: { 'x-auth-request-user': 'hub' },
    });
    await eventually(
      () => world.hub.read(user.username),
      ({ status }) => status === 'terminating',
    );
    await controller.kill('SIGTERM');
    const answer = await deletion;

    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await answer.json()).toMatchObject({ detail: [{ type: 'shutting_down' }] });
    expect(await controller.exited).toBe(0);
    const successor = await world.start(command);
    expect(await world.hub.poll(user.username)).toBe(0);
    const stopped = world.hub.stop(user.username);
    await treatPod(user, 'fast');
    await stopped;
    expect(await world.hub.poll(user.username)).toBe(0);
    await Promise.all([successor, ...rest].map((process) => process.kill('SIGTERM')));
  },
);

test('a process is up but not ready while Temporal is away', async () => {
  const environment = { TEMPORAL_ADDRESS: '127.0.0.1:9' };
  const started = await startUnreadyController('api', { stack: world.stack, name: 'lonely', environment });

  const answer = await eventually(
    async () => fetch(`${started.opsUrl}/readyz`).catch(() => null),
    (response) => response !== null,
  );

  expect(answer?.status).toBe(503);
  expect(await answer?.json()).toMatchObject({ status: 'unavailable', checks: { temporal: 'failed' } });
  expect((await fetch(`${started.opsUrl}/healthz`)).status).toBe(200);
  await started.kill('SIGTERM');
});

test('a configuration that cannot be used stops the process with path, value and rule', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'nublado-config-')), 'config.yaml');
  writeFileSync(file, 'lab:\n  namespacePrefix: lab\n  spawnTimeout: soon\nimages: {}\ntypo: 1\n');

  const { status, stderr } = nublado(['serve', '--config', file]);

  expect(status).toBe(1);
  expect(stderr).toMatch(/lab\.spawnTimeout: .*"soon".*duration/);
  expect(stderr).toMatch(/typo: .*not a known key/);
  expect(stderr).toMatch(/images\.source: /);
});

test('a missing sealing key stops the process with the command that makes one', () => {
  const config = join(__dirname, '../../config/example.yaml');

  const missing = join(mkdtempSync(join(tmpdir(), 'nublado-keys-')), 'missing');
  const { status, stderr } = nublado(['api', '--config', config], { NUBLADO_SEALING_KEYS: missing });

  expect(status).toBe(1);
  expect(stderr).toMatch(/sealing keys.*\/missing.*openssl rand/s);
});

test.each(['', 'api', 'worker', 'watcher', 'serve', 'check-config'])(
  'nublado %s --help explains itself',
  (command) => {
    const { status, stdout } = nublado([...(command ? [command] : []), '--help']);

    expect(status).toBe(0);
    expect(stdout).toContain(`Usage: nublado ${command}`);
  },
);
