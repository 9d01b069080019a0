import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { msToTs } from '@temporalio/common/lib/time';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { generateSealingKey } from '../../src/sealing/keys';
import { startUnreadyController } from '../../stack/controller';
import { CHART, type Chart, type Manifest, theChart } from '../support/chart';
import { eventually } from '../support/eventually';
import { type FaultyApiServer, startFaultyApiServer } from '../support/faulty-api-server';
import { type OwnNamespace, ownNamespace } from '../support/own-namespace';
import { theStack } from '../support/stack';

/*
 * `nublado doctor` with the arguments that the pods of `helm test` have, as processes under the tokens of their accounts, and
 * what the services say at their start of the same.
 */

const PROGRAM = join(__dirname, '../../dist/cli/main.js');
const stack = theStack();
const namespace = `doctor-${randomBytes(4).toString('hex')}`;
const bareNamespace = `${namespace}-bare`;
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';

let chart: Chart;
let objects: readonly Manifest[];
let temporal: OwnNamespace;
let directory: string;
let config: string;
let sealingKeys: string;
let workerKubeconfig: string;
let watcherKubeconfig: string;
let oldCluster: FaultyApiServer;
const tokens: string[] = [];

const ACCOUNTS = /^(?:ServiceAccount|(?:Cluster)?Role(?:Binding)?)$/;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'doctor-'));
  sealingKeys = join(directory, 'keys');
  mkdirSync(sealingKeys);
  writeFileSync(join(sealingKeys, 'one'), generateSealingKey());
  mkdirSync(join(directory, 'podinfo'));
  writeFileSync(join(directory, 'podinfo/namespace'), namespace);
  const values = parse(readFileSync(join(__dirname, '../data/e2e/config.yaml'), 'utf8')) as Record<
    string,
    object
  >;
  const plain = { ...values, metadataPath: join(directory, 'podinfo') };
  config = configFile('config.yaml', plain);
  chart = await theChart(CHART, namespace);
  objects = chart.objects({ config: values });
  const own = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  chart.apply([own, ...objects.filter(({ kind }) => ACCOUNTS.test(kind))]);
  temporal = await ownNamespace(stack.temporal.address);
  await temporal.connection.workflowService.registerNamespace({
    namespace: bareNamespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  workerKubeconfig = kubeconfigOf('nublado-controller');
  watcherKubeconfig = kubeconfigOf('nublado-controller-watcher');
  oldCluster = await startFaultyApiServer(watcherKubeconfig, join(directory, 'old-cluster'));
  const body = { major: '1', minor: '29', gitVersion: 'v1.29.14' };
  oldCluster.place({ method: 'GET', url: /^\/version/ }, { kind: 'answer', status: 200, body });
});

afterAll(async () => {
  const made = objects.filter(({ kind }) => ACCOUNTS.test(kind));
  const items = [...made, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }];
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  chart.kubectl(['delete', '--filename=-', '--ignore-not-found', '--wait=false'], list);
  oldCluster.close();
  await temporal.connection.close();
  rmSync(directory, { recursive: true });
});

function configFile(name: string, values: object): string {
  const file = join(directory, name);
  writeFileSync(file, stringify(values, { version: '1.1' }));
  return file;
}

/** A kubeconfig with the token of an account that the chart has made. */
function kubeconfigOf(account: string): string {
  const { output, errors } = chart.kubectl(['create', 'token', account, '--namespace', namespace]);
  expect(errors).toBe('');
  tokens.push(output.trim());
  const admin = parse(readFileSync(stack.kubernetes.adminKubeconfig, 'utf8')) as { users: object[] };
  const users = admin.users.map((user) => ({ ...user, user: { token: output.trim() } }));
  return configFile(`kubeconfig-${account}`, { ...admin, users });
}

const podSchema = z.looseObject({
  kind: z.literal('Pod'),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ containers: z.tuple([z.looseObject({ args: z.array(z.string()) })]) }),
});

/** The arguments of a pod of `helm test`. */
function argumentsOf(pod: string): string[] {
  const found = objects.flatMap((object) => podSchema.safeParse(object).data ?? []);
  const args = found.find(({ metadata }) => metadata.name === pod)?.spec.containers[0].args;
  if (!args) throw new Error(`the chart has no pod ${pod}`);
  return args;
}

const reportSchema = z.object({
  isWell: z.boolean(),
  checks: z.array(
    z.object({ check: z.string(), status: z.string(), message: z.string(), remedy: z.string().nullable() }),
  ),
});

interface Outcome {
  readonly code: number;
  readonly isWell: boolean;
  /** Results by the name of the check, as `status: message → remedy`. */
  readonly said: Readonly<Record<string, string>>;
}

/** Runs the doctor; no output may have a token. */
function examine(words: readonly string[], environment: Readonly<Record<string, string>>): Promise<Outcome> {
  const env = { PATH: process.env['PATH'] ?? '', ...usual(), ...environment };
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [PROGRAM, ...words, '--json', '--timeout=60'],
      { env },
      (error, stdout, stderr) => {
        if (tokens.some((token) => `${stdout}${stderr}`.includes(token)))
          reject(new Error('a token was printed'));
        const report = reportSchema.safeParse(stdout === '' ? null : JSON.parse(stdout));
        if (!report.success) return reject(new Error(`no report: ${stdout}${stderr}`));
        const said = report.data.checks.map(({ check, status, message, remedy }) => [
          check,
          `${status}: ${message} → ${remedy}`,
        ]);
        resolve({
          code: Number(error?.code ?? 0),
          isWell: report.data.isWell,
          said: Object.fromEntries(said),
        });
      },
    );
  });
}

/** Variables with which nothing is wrong. */
const usual = () => ({
  NUBLADO_CONFIG_PATH: config,
  NUBLADO_SEALING_KEYS: sealingKeys,
  NUBLADO_CONTROLLER_REPOSITORY: 'registry.example.com/controller',
  KUBECONFIG: workerKubeconfig,
  TEMPORAL_ADDRESS: stack.temporal.address,
  TEMPORAL_NAMESPACE: temporal.name,
  REPERTOIRE_BASE_URL: stack.identity.discoveryUrl,
});

test('each part has all that it needs under its own account', async () => {
  const [api, worker, watcher] = await Promise.all([
    examine([...argumentsOf('nublado-controller-test-api'), '--before-start'], { KUBECONFIG: '' }),
    examine([...argumentsOf('nublado-controller-test-worker'), '--before-start'], {}),
    examine([...argumentsOf('nublado-controller-test-watcher'), '--before-start'], {
      KUBECONFIG: watcherKubeconfig,
    }),
  ]);

  for (const outcome of [api, worker, watcher]) expect(outcome).toMatchObject({ code: 0, isWell: true });
  expect(api.said).not.toHaveProperty('kubernetes');
  expect(worker.said['permissions']).toMatch(
    new RegExp(`^ok: system:serviceaccount:${namespace}:nublado-controller has all \\d+`),
  );
  expect(watcher.said['permissions']).toMatch(/nublado-controller-watcher has all \d+ /);
});

test('what is missing is said with what to do', async () => {
  const faulty = configFile('faulty.yaml', {
    ...(parse(readFileSync(config, 'utf8')) as Record<string, object>),
    hub: { apiUrl: `${NOWHERE}/hub/api`, tokenPath: join(directory, 'no-token') },
    fileserver: { enabled: true, namespace: `${namespace}-files` },
  });
  const worker = argumentsOf('nublado-controller-test-worker');
  const [lacking, old] = await Promise.all([
    examine(worker, {
      NUBLADO_CONFIG_PATH: faulty,
      NUBLADO_SEALING_KEYS: join(directory, 'none'),
      TEMPORAL_NAMESPACE: 'nowhere',
      KUBECONFIG: watcherKubeconfig,
    }),
    examine(worker, { KUBECONFIG: oldCluster.kubeconfig, TEMPORAL_NAMESPACE: bareNamespace }),
  ]);

  expect([lacking.code, old.code]).toEqual([1, 1]);
  expect(lacking.said).toMatchObject({
    'sealing-keys': expect.stringMatching(/^error: .*cannot be read.*`nublado create-sealing-keys`/),
    'temporal-namespace': expect.stringMatching(
      /^error: Temporal has no namespace nowhere → Create it: .*TEMPORAL_NAMESPACE/,
    ),
    permissions: expect.stringMatching(
      /^error: .*may not create, .*namespaces; .* → Bind the roles of the chart/,
    ),
    hub: expect.stringMatching(
      /^error: .*no-token, .* cannot be read: ENOENT → .*`hubToken\.existingSecret`/,
    ),
  });
  expect(old.said).toMatchObject({
    'search-attributes': expect.stringMatching(
      /^error: missing.*LabUser.* → Run `nublado register-search-attributes`/,
    ),
    'task-queues': expect.stringMatching(
      /^error: without a poller: controller.* → Start `nublado worker` and/,
    ),
    kubernetes: expect.stringMatching(
      /^error: .*v1\.29\.14 → Upgrade the cluster to Kubernetes 1\.30 or later/,
    ),
  });
});

test('a hub and an API that do not answer are said with what to do', async () => {
  const token = join(directory, 'hub-token');
  writeFileSync(token, 'hub-token-12345678');
  tokens.push('hub-token-12345678');
  const faulty = configFile('hub.yaml', {
    ...(parse(readFileSync(config, 'utf8')) as Record<string, object>),
    hub: { apiUrl: `${NOWHERE}/hub/api`, tokenPath: token },
  });
  const { said } = await examine(['doctor', '--part=api', `--api-url=${NOWHERE}`], {
    NUBLADO_CONFIG_PATH: faulty,
    REPERTOIRE_BASE_URL: NOWHERE,
  });

  expect(said).toMatchObject({
    hub: expect.stringMatching(
      /^error: http:\/\/127\.0\.0\.1:9\/hub\/api: .* → Start the hub, or correct hub\.apiUrl/,
    ),
    api: expect.stringMatching(/^error: http:\/\/127\.0\.0\.1:9: .* → Start `nublado api`/),
    discovery: expect.stringMatching(/^error: .* → Correct REPERTOIRE_BASE_URL/),
  });
});

/** What a process has logged by itself of what is wrong: messages with remedies, by the check. */
function loggedIn(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'));
  return Object.fromEntries(
    lines.flatMap((line) => {
      const { check, msg, remedy } = JSON.parse(line) as Record<string, string>;
      return check && remedy ? [[check, `${msg} → ${remedy}`] as const] : [];
    }),
  );
}

describe('a service says at its start', () => {
  test('what is missing, and goes on', async () => {
    const faulty = configFile('start.yaml', {
      ...(parse(readFileSync(config, 'utf8')) as Record<string, object>),
      hub: { apiUrl: `${NOWHERE}/hub/api`, tokenPath: join(directory, 'no-token') },
    });
    const environment = { ...usual(), KUBECONFIG: watcherKubeconfig, TEMPORAL_NAMESPACE: bareNamespace };
    const name = `${namespace}-api`;
    const api = await startUnreadyController('serve', { stack, name, configFile: faulty, environment });

    try {
      const said = await eventually(
        async () => loggedIn(api.logFile),
        (logged) => ['search-attributes', 'permissions', 'hub'].every((check) => check in logged),
      );
      expect(said['search-attributes']).toMatch(/missing.* → Run `nublado register-search-attributes`/);
      expect(said['permissions']).toMatch(/may not create.* → Bind the roles/);
      expect(said['hub']).toMatch(/no-token, .* cannot be read.* → /);
    } finally {
      await api.kill('SIGKILL');
    }
  });

  test('that its Temporal namespace is not there, before it ends', async () => {
    const environment = { ...usual(), KUBECONFIG: oldCluster.kubeconfig, TEMPORAL_NAMESPACE: 'nowhere' };
    const name = `${namespace}-watcher`;
    const watcher = await startUnreadyController('watcher', { stack, name, configFile: config, environment });

    expect(await watcher.exited).toBe(1);
    const said = loggedIn(watcher.logFile);
    expect(said['temporal-namespace']).toMatch(/no namespace nowhere → Create it/);
    expect(said['kubernetes']).toMatch(/v1\.29\.14 → Upgrade the cluster/);
  });
});
