import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { V1ConfigMap, V1Pod, V1Secret } from '@kubernetes/client-node';
import { parseConfig } from '../../src/config/config';
import { type ControllerProcess, startUnreadyController } from '../../stack/controller';
import { HubClient } from '../../stack/hub-client';
import { startStack } from '../../stack/start';
import { elementsOf } from '../support/parsed-html';
import { type World, worldOn } from '../support/world';

/** The example itself, so that it cannot rot. */
const CONFIG_FILE = join(__dirname, '../../config/plain-jupyter.yaml');

const FORM = { image_class: ['recommended'], size: ['small'] };

let world: World;
let controller: ControllerProcess;
let client: HubClient;
let rachel: string;
let operator: string;

function tokens(): string[] {
  const { config, warnings } = parseConfig(readFileSync(CONFIG_FILE, 'utf8'), {
    NUBLADO_CONTROLLER_REPOSITORY: 'registry.example.com/controller',
    NUBLADO_CONTROLLER_TAG: 'any',
  });
  expect(warnings.filter(({ severity }) => severity === 'warning')).toEqual([]);
  return config.auth.type === 'static' ? config.auth.users.map(({ token }) => token.reveal()) : [];
}

beforeAll(async () => {
  [rachel = '', operator = ''] = tokens();
  const stack = await startStack({ name: `e2e-${randomBytes(4).toString('hex')}` });
  world = await worldOn(stack, { configFile: CONFIG_FILE, environment: { REPERTOIRE_BASE_URL: '' } });
  controller = await world.start('serve');
  client = new HubClient({ ingressUrl: controller.apiUrl, hubToken: operator });
});

afterAll(() => world.stop());

const get = (path: string, token: string) =>
  fetch(`${controller.apiUrl}/nublado/spawner/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });

async function labObject<T>(path: string): Promise<T> {
  return (await world.cluster.send('GET', `/api/v1/namespaces/lab-rachel/${path}`)).body as T;
}

test('the form offers the images of the configuration, to the user and to the operator', async () => {
  const forms = await Promise.all([rachel, operator].map((token) => get('lab-form/rachel', token)));
  const [own, operators] = await Promise.all(forms.map((form) => form.text()));
  const chosen = elementsOf(own ?? '').filter(({ attributes }) => 'checked' in attributes);

  expect(chosen.map(({ attributes }) => attributes['value'])).toEqual([
    'quay.io/jupyter/base-notebook:2025-09-30',
    'small',
  ]);
  expect(operators).toBe(own);
  expect((await get('lab-form/beth', rachel)).status).toBe(403);
});

describe('a lab of a plain image, with tokens only', () => {
  beforeAll(async () => {
    await client.start('rachel', rachel, { options: FORM });
  });

  test('a lab of a plain image, with tokens only, runs, and its user and the operator can read it', async () => {
    const own = await get('user-status', rachel);

    expect(await own.json()).toMatchObject({
      status: 'running',
      user: { username: 'rachel', name: 'Rachel Carson', uid: 1101 },
    });
    expect(await (await get('labs', operator)).json()).toEqual(['rachel']);
    expect((await get('labs', rachel)).status).toBe(403);
  });

  test('a lab of a plain image, with tokens only, starts Jupyter at home under the user’s own IDs, with nothing of Rubin’s images', async () => {
    const { spec } = await labObject<V1Pod>('pods/rachel-nb');
    const { data = {} } = await labObject<V1ConfigMap>('configmaps/rachel-nb-env');

    expect(spec?.initContainers?.map(({ name }) => name)).toEqual(['make-home']);
    expect(spec?.containers[0]).toMatchObject({
      image: 'quay.io/jupyter/base-notebook:2025-09-30',
      args: ['sh', '-c', expect.stringContaining('export HOME="$PWD"; exec start-notebook.py')],
      workingDir: '/home/rachel',
      securityContext: { runAsUser: 1101, runAsGroup: 1101 },
    });
    expect(data).toMatchObject({ JUPYTER_RUNTIME_DIR: '/tmp/jupyter-runtime' });
    for (const name of ['REPERTOIRE_BASE_URL', 'JUPYTERLAB_CONFIG_DIR'])
      expect(data).not.toHaveProperty(name);
  });

  test('a lab of a plain image, with tokens only, has no delegated token', async () => {
    const { data = {} } = await labObject<V1Secret>('secrets/rachel-nb');
    const { spec } = await labObject<V1Pod>('pods/rachel-nb');
    const names = spec?.containers[0]?.env?.map(({ name }) => name);

    expect(Object.keys(data)).toEqual([]);
    expect(names).not.toContain('ACCESS_TOKEN');
    expect(names).not.toContain('NUBLADO_TOKEN');
  });

  test('a lab of a plain image, with tokens only, is ended by the operator, not by others', async () => {
    const url = `${controller.apiUrl}/nublado/spawner/v1/labs/rachel`;
    const refused = await fetch(url, { method: 'DELETE' });
    expect(refused.status).toBe(401);
    expect(await client.poll('rachel')).toBeNull();

    await client.stop('rachel');

    expect((await get('user-status', rachel)).status).toBe(404);
  });
});

describe('the commands of `helm test`', () => {
  const run = promisify(execFile);
  const program = join(__dirname, '../../dist/cli/main.js');

  /** Files with the tokens of rachel and the operator. */
  function tokenFiles(): string[] {
    const directory = mkdtempSync(join(tmpdir(), 'canary-'));
    return [rachel, operator].map((token, index) => {
      const file = join(directory, String(index));
      writeFileSync(file, `${token}\n`, { mode: 0o600 });
      return file;
    });
  }

  test('a canary lab becomes ready and goes, and its times are said', async () => {
    const [token = '', adminToken = ''] = tokenFiles();
    const url = `--url=${controller.apiUrl}/nublado`;
    const args = [url, '--user=rachel', `--token-file=${token}`, `--admin-token-file=${adminToken}`];
    const { stdout } = await run(process.execPath, [program, 'canary', ...args, '--size=small']);

    expect(stdout).toMatch(
      /accepted after [\d.]+ s, ready after [\d.]+ s, and gone [\d.]+ s after it was ended\n$/,
    );
    expect(await client.poll('rachel')).toBe(0);

    await client.create('rachel', rachel, { options: FORM });
    const second = await run(process.execPath, [program, 'canary', ...args]).catch((error: unknown) => error);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('is left alone') });
    expect(await client.poll('rachel')).toBeNull();
    await client.stop('rachel');
  });

  test('the doctor finds nothing in the way of a controller that runs', async () => {
    const { stack } = world;
    const env = {
      PATH: process.env['PATH'],
      KUBECONFIG: stack.kubernetes.controllerKubeconfig,
      TEMPORAL_ADDRESS: stack.temporal.address,
      NUBLADO_SEALING_KEYS: join(stack.directory, 'controller/sealing-keys'),
    };
    const args = [
      'doctor',
      `--config=${CONFIG_FILE}`,
      `--api-url=${controller.apiUrl}`,
      '--timeout=60',
      '--json',
    ];
    const { stdout } = await run(process.execPath, [program, ...args], { env });

    const { checks, isWell } = JSON.parse(stdout) as {
      checks: { check: string; status: string }[];
      isWell: boolean;
    };
    expect(isWell).toBe(true);
    const statusOf = Object.fromEntries(checks.map(({ check, status }) => [check, status]));
    expect(statusOf).toMatchObject({ 'task-queues': 'ok', permissions: 'ok', api: 'ok' });
  });
});

test('the API refuses to listen where others could read the tokens', async () => {
  const environment = { REPERTOIRE_BASE_URL: '' };
  const options = { stack: world.stack, name: 'exposed', configFile: CONFIG_FILE, environment };
  const exposed = await startUnreadyController('api', { ...options, host: '0.0.0.0' });

  expect(await exposed.exited).toBe(1);
  expect(readFileSync(exposed.logFile, 'utf8')).toMatch(
    /auth\.type: "static" is for one machine, and the API would listen on 0\.0\.0\.0:\d+, .* --listen 127\.0\.0\.1:8080/,
  );
});
