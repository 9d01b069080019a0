import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { createMissingKeys } from '../../src/cli/create-sealing-keys';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { coreReference } from '../../src/kubernetes/references';
import { classify } from '../../src/kubernetes/verdict';
import { generateSealingKey, loadSealingKeys } from '../../src/sealing/keys';
import { createNamespace, withKubeconfig } from '../kubernetes/cluster';
import { type Chart, type Manifest, NAMESPACE, theChart } from '../support/chart';
import { coreApi } from '../support/core-api';
import { theStack } from '../support/stack';

const { kubernetes } = theStack();
const core = coreApi(kubernetes.adminKubeconfig);
const requestTimeoutMs = 10_000;

let chart: Chart;
let admin: KubernetesClient;
let namespace: string;
const clients: KubernetesClient[] = [];

const job = z.looseObject({
  kind: z.literal('Job'),
  metadata: z.looseObject({ name: z.literal('labs-sealing-keys') }),
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.tuple([z.looseObject({ args: z.array(z.string()) })]) }),
    }),
  }),
});

/** Runs a command of the product as administrator of the stack, and returns its output. */
async function nublado(words: readonly string[]): Promise<string> {
  const main = join(__dirname, '../../src/cli/main.ts');
  const { PATH } = process.env;
  const env = { PATH, KUBECONFIG: kubernetes.adminKubeconfig };
  return (await promisify(execFile)(process.execPath, ['--import', 'tsx', main, ...words], { env })).stdout;
}

const accounts = /^(?:ServiceAccount|(?:Cluster)?Role(?:Binding)?)$/;

/** An object of the chart in the namespace of this test, with names of its own where it has no namespace. */
function moved(object: Manifest): Manifest {
  return JSON.parse(JSON.stringify(object), (_key, value: unknown) => {
    if (value === NAMESPACE) return namespace;
    return typeof value === 'string' ? value.replace(/^default-nublado/, `${namespace}-nublado`) : value;
  });
}

beforeAll(async () => {
  chart = await theChart();
  admin = createKubernetesClient({ kubeconfig: kubernetes.adminKubeconfig, requestTimeoutMs });
  namespace = await createNamespace(admin);
  chart.apply(
    chart
      .objects({})
      .filter(({ kind }) => accounts.test(kind))
      .map(moved),
  );
});

afterAll(async () => {
  for (const kind of ['clusterrole', 'clusterrolebinding']) {
    chart.kubectl([
      'delete',
      kind,
      `${namespace}-nublado-controller`,
      `${namespace}-nublado-controller-watcher`,
    ]);
  }
  await core.deleteNamespace({ name: namespace });
  await Promise.all([...clients, admin].map((client) => client.close()));
});

/** A client with the token of a service account that the chart has made. */
async function clientOf(account: string): Promise<KubernetesClient> {
  const { output, errors } = chart.kubectl(['create', 'token', account, '--namespace', namespace]);
  expect(errors).toBe('');
  const user = { token: output.trim() };
  const client = await withKubeconfig(kubernetes.adminKubeconfig, { user }, async (kubeconfig) =>
    createKubernetesClient({ kubeconfig, requestTimeoutMs }),
  );
  clients.push(client);
  return client;
}

const verdictOn = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => 'allowed',
    (error: unknown) => classify(error).kind,
  );

describe('the hook for sealing keys', () => {
  const NOW = new Date('2077-10-23T23:59:59Z');
  let hook: KubernetesClient;

  beforeAll(async () => {
    hook = await clientOf('nublado-controller-sealing-keys-hook');
  });

  const dataOf = async (name: string) => (await core.readNamespacedSecret({ namespace, name })).data;

  test('creates one key, which the controller can load, and leaves it as it is when it runs again', async () => {
    const name = `keys-${randomUUID()}`;
    expect(await createMissingKeys(hook, { namespace, name }, NOW)).toBe(true);
    const data = await dataOf(name);
    expect(Object.keys(data ?? {})).toEqual(['2077-10-23']);
    expect(Buffer.from(atob(data?.['2077-10-23'] ?? ''), 'base64')).toHaveLength(32);
    const later = new Date('2078-01-01T00:00:00Z');
    expect(await createMissingKeys(hook, { namespace, name }, later)).toBe(false);
    expect(await dataOf(name)).toEqual(data);
  });

  test('of several at a time one creates the key', async () => {
    const name = `keys-${randomUUID()}`;
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => createMissingKeys(hook, { namespace, name }, NOW)),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(Object.keys((await dataOf(name)) ?? {})).toHaveLength(1);
  });

  test('leaves keys that an operator has made, of any number', async () => {
    const name = `keys-${randomUUID()}`;
    const stringData = { '2076-01-01': generateSealingKey(), '2077-01-01': generateSealingKey() };
    await admin.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name },
      stringData,
    } as object);
    const data = await dataOf(name);
    expect(await createMissingKeys(hook, { namespace, name }, NOW)).toBe(false);
    expect(await dataOf(name)).toEqual(data);
  });

  test('runs the command that the chart’s job has, which says what it has done', async () => {
    const jobs = chart.objects({ name: 'labs' }).map((object) => job.safeParse(object).data ?? []);
    const [args = []] = jobs.flat().map(({ spec }) => spec.template.spec.containers[0].args);
    const words = args.map((word) => (word === NAMESPACE ? namespace : word));
    expect(await nublado(words)).toBe(`Secret ${namespace}/labs-sealing-keys created with one key\n`);
    expect(await nublado(words)).toBe(`Secret ${namespace}/labs-sealing-keys exists and is left as it is\n`);
  });

  test('says so when it may not', async () => {
    const elsewhere = { namespace: 'kube-system', name: 'keys' };
    expect(await verdictOn(createMissingKeys(hook, elsewhere, NOW))).toBe('forbidden');
  });

  test('can read no Secret, nor change one', async () => {
    const name = `keys-${randomUUID()}`;
    await createMissingKeys(hook, { namespace, name }, NOW);
    const object = { namespace, name };
    expect(await verdictOn(hook.read(coreReference('Secret', object)))).toBe('forbidden');
    expect(await verdictOn(hook.list({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace } }))).toBe(
      'forbidden',
    );
    expect(await verdictOn(hook.remove(coreReference('Secret', object), { uid: '' }))).toBe('forbidden');
  });
});

test('the documented step of a rotation adds a key, which then is the newest', async () => {
  const name = `keys-${randomUUID()}`;
  await createMissingKeys(admin, { namespace, name }, new Date('2077-10-23T00:00:00Z'));
  const directory = mkdtempSync(join(tmpdir(), 'keys-'));
  try {
    const file = join(directory, '2077-11-01');
    writeFileSync(file, `${generateSealingKey()}\n`);
    const place = ['--namespace', namespace];
    const made = [
      'create',
      'secret',
      'generic',
      name,
      `--from-file=${file}`,
      '--dry-run=client',
      '-o',
      'json',
    ];
    const { output } = chart.kubectl([...made, ...place]);
    const patch = join(directory, 'key.json');
    writeFileSync(patch, output);
    const { errors } = chart.kubectl(['patch', 'secret', name, `--patch-file=${patch}`, ...place]);
    rmSync(patch);
    expect(errors).toBe('');
    const { data } = await core.readNamespacedSecret({ namespace, name });
    for (const [id, text] of Object.entries(data ?? {})) {
      writeFileSync(join(directory, id), Buffer.from(text, 'base64'));
    }
    const keys = await loadSealingKeys(directory);
    expect([...keys.byId.keys()]).toEqual(['2077-10-23', '2077-11-01']);
    expect(keys.newest.id).toBe('2077-11-01');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** What the API server says that an account may do, as "verb resource", without what every account may. */
function permissionsOf(account: string, place: string): string[] {
  const subject = `system:serviceaccount:${namespace}:${account}`;
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace: place },
  };
  const { output, errors } = chart.kubectl(
    ['create', '--as', subject, '--validate=false', '--output=json', '--filename=-'],
    JSON.stringify(review),
  );
  expect(errors).toBe('');
  const rule = z.object({ verbs: z.array(z.string()), resources: z.array(z.string()) });
  const answer = z.object({ status: z.object({ resourceRules: z.array(rule) }) }).parse(JSON.parse(output));
  return answer.status.resourceRules
    .flatMap(({ verbs, resources }) => resources.flatMap((name) => verbs.map((verb) => `${verb} ${name}`)))
    .filter((permission) => !/ self\w+reviews$/.test(permission))
    .toSorted();
}

describe('the service accounts', () => {
  test('of the API may do nothing', () => {
    expect(permissionsOf('nublado-controller-api', namespace)).toEqual([]);
    expect(permissionsOf('nublado-controller-api', 'default')).toEqual([]);
  });

  test('of the watcher may follow pods and events, and no more', () => {
    const allowed = ['list events', 'list pods', 'watch events', 'watch pods'];
    expect([...new Set(permissionsOf('nublado-controller-watcher', 'default'))]).toEqual(allowed);
    expect([...new Set(permissionsOf('nublado-controller-watcher', namespace))]).toEqual(allowed);
  });

  test('of the watcher may do nothing that the workers’ may not', () => {
    const workers = new Set(permissionsOf('nublado-controller', 'default'));
    expect(
      permissionsOf('nublado-controller-watcher', 'default').filter((each) => !workers.has(each)),
    ).toEqual([]);
    expect(workers).toContain('create pods');
  });

  test.each(['/api/v1/pods', '/apis/events.k8s.io/v1/events'])(
    'of the watcher can list and watch %s',
    async (path) => {
      const watcher = await clientOf('nublado-controller-watcher');
      const stop = new AbortController();
      const changes = watcher.listThenWatch({ path, signal: stop.signal });
      expect(await changes.next()).toMatchObject({ value: { type: 'LISTED' } });
      stop.abort();
      await changes.return(undefined);
    },
  );
});
