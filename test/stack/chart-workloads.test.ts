import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { parseConfig } from '../../src/config/config';
import { environmentConfig, VARIABLES } from '../../src/config/environment';
import { CHECK_TIMEOUT_MS } from '../../src/process/ops';
import { SEARCH_ATTRIBUTES } from '../../src/workflow-clients/names';
import { COMPONENTS } from '../../stack/components';
import { type Chart, type Manifest, ROOT, theChart, yamlFile } from '../support/chart';

const probeSchema = z.object({
  httpGet: z.object({ path: z.string(), port: z.literal('ops') }),
  timeoutSeconds: z.number().default(1),
});

const variableSchema = z.object({ name: z.string(), value: z.string().default('') });

const podSchema = z.looseObject({
  serviceAccountName: z.string(),
  automountServiceAccountToken: z.boolean(),
  terminationGracePeriodSeconds: z.number(),
  containers: z.tuple([
    z.looseObject({
      image: z.string(),
      args: z.array(z.string()),
      env: z.array(variableSchema),
      ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
      lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }).optional(),
      livenessProbe: probeSchema,
      readinessProbe: probeSchema,
      volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
    }),
  ]),
  volumes: z.array(z.looseObject({ name: z.string() })),
});

const deploymentSchema = z.looseObject({
  kind: z.literal('Deployment'),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    strategy: z.looseObject({
      rollingUpdate: z.object({ maxUnavailable: z.number(), maxSurge: z.number() }),
    }),
    template: z.looseObject({
      metadata: z.looseObject({ annotations: z.record(z.string(), z.string()) }),
      spec: podSchema,
    }),
  }),
});

type Pod = z.infer<typeof podSchema>;

const LAB = Object(yamlFile('config/example.yaml'));

let chart: Chart;

beforeAll(async () => {
  chart = await theChart();
});

const deploymentsOf = (objects: readonly Manifest[]) =>
  objects
    .filter(({ kind, metadata }) => kind === 'Deployment' && !metadata.name.endsWith('-temporal'))
    .map((object) => deploymentSchema.parse(object));

/** The pods of the Deployments that a chart with values has, by the command that they run. */
function podsWith(values: object): Record<string, Pod> {
  const pods = deploymentsOf(chart.objects(values)).map(({ spec }) => spec.template.spec);
  return Object.fromEntries(pods.map((pod) => [pod.containers[0].args[0] ?? '', pod]));
}

const variablesOf = (pod: Pod | undefined): Record<string, string> =>
  Object.fromEntries((pod?.containers[0].env ?? []).map(({ name, value }) => [name, value]));

test('three Deployments run the three services, and with mode single one runs all', () => {
  expect(Object.keys(podsWith({})).toSorted()).toEqual(['api', 'watcher', 'worker']);
  expect(Object.keys(podsWith({ mode: 'single' }))).toEqual(['serve']);
});

test('no pod goes before another one is ready', () => {
  for (const values of [{}, { mode: 'single' }]) {
    for (const { spec } of deploymentsOf(chart.objects(values))) {
      expect(spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    }
  }
});

test('the API has no token, and each of the others its own account', () => {
  const { api, worker, watcher } = podsWith({});
  expect(api?.automountServiceAccountToken).toBe(false);
  expect([worker?.automountServiceAccountToken, watcher?.automountServiceAccountToken]).toEqual([true, true]);
  expect(new Set([api, worker, watcher].map((pod) => pod?.serviceAccountName)).size).toBe(3);
});

test.each([undefined, '30s', '1m 30s', '2 minutes', 45, 0.5, '12.5', '1h'])(
  'with timeouts.shutdown %j a pod is killed only after its process has had that time',
  (shutdown) => {
    const config = { ...LAB, ...(shutdown === undefined ? {} : { timeouts: { shutdown } }) };
    const { shutdownMs } = parseConfig(JSON.stringify(config), {
      REPERTOIRE_BASE_URL: 'https://example.org/r',
    }).config.timeouts;
    const pods = { ...podsWith({ config }), ...podsWith({ config, mode: 'single' }) };
    expect(Object.keys(pods)).toHaveLength(4);
    for (const { terminationGracePeriodSeconds, containers } of Object.values(pods)) {
      const preStop = containers[0].lifecycle?.preStop.sleep.seconds ?? 0;
      expect(terminationGracePeriodSeconds).toBe(preStop + Math.ceil(shutdownMs / 1000) + 10);
    }
  },
);

test('pods that serve the API wait until Services lead elsewhere', () => {
  const { api, worker } = podsWith({ api: { preStopSeconds: 7 } });
  expect(api?.containers[0].lifecycle).toEqual({ preStop: { sleep: { seconds: 7 } } });
  expect(worker?.containers[0].lifecycle).toBeUndefined();
});

test('probes ask the listener of operators, and wait longer than a process checks', () => {
  for (const { containers } of Object.values(podsWith({}))) {
    const { livenessProbe, readinessProbe } = containers[0];
    expect([livenessProbe.httpGet.path, readinessProbe.httpGet.path]).toEqual(['/healthz', '/readyz']);
    expect(readinessProbe.timeoutSeconds * 1000).toBeGreaterThan(CHECK_TIMEOUT_MS);
  }
});

test('containers listen where the commands do by default', () => {
  const config = { ...LAB, hub: { apiUrl: 'http://hub:8081/hub/api', aggregateActivity: true } };
  const { api, worker } = podsWith({ config });
  const commands = readFileSync(join(ROOT, 'src/cli/main.ts'), 'utf8');
  const portOf = (option: string): number =>
    Number(new RegExp(`'--${option} <host:port>'[^\\]]*?'0\\.0\\.0\\.0:(\\d+)'`).exec(commands)?.[1]);
  const ops = { name: 'ops', containerPort: portOf('ops') };
  expect(api?.containers[0].ports).toEqual([
    { name: 'http', containerPort: portOf('listen') },
    { name: 'activity', containerPort: portOf('activity-listen') },
    ops,
  ]);
  expect(worker?.containers[0].ports).toEqual([ops]);
});

test('every variable is one that the controller reads', () => {
  const values = {
    host: 'labs.example.org',
    repertoireBaseUrl: 'https://labs.example.org/r',
    slackWebhook: { existingSecret: 'slack' },
  };
  const names = Object.keys(variablesOf(podsWith(values)['api'])).filter(
    (name) => !name.startsWith('TEMPORAL_'),
  );
  expect(names.filter((name) => !(name in VARIABLES))).toEqual([]);
  expect(names).toContain('EXTERNAL_INSTANCE_URL');
  expect(variablesOf(podsWith({})['api'])).not.toHaveProperty('EXTERNAL_INSTANCE_URL');
});

test('labs and file servers run the image that the controller runs', () => {
  const values = { image: { repository: 'r.example.org/n', tag: '1', digest: `sha256:${'a'.repeat(64)}` } };
  const pod = podsWith(values)['worker'];
  const { supportImage } = environmentConfig(variablesOf(pod), {}).config;
  expect(`${supportImage.repository}:${supportImage.tag}`).toBe(pod?.containers[0].image);
});

describe('Temporal', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'temporal-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  /** What the Temporal SDK makes of the variables of a pod, with files in place of a mounted Secret. */
  function connection(temporal: object, secrets: Record<string, string> = {}) {
    for (const name of ['tls.crt', 'tls.key', 'ca.crt']) writeFileSync(join(directory, name), name);
    const variables = { ...variablesOf(podsWith({ temporal })['api']), ...secrets };
    const overrideEnvVars = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [
        name,
        value.replace(/^\/etc\/nublado-temporal\//, `${directory}/`),
      ]),
    );
    return loadClientConnectConfig({ overrideEnvVars, disableFile: true });
  }

  test('is found at its address and namespace', () => {
    const found = connection({ address: 'temporal.example.org:7233', namespace: 'labs' });
    expect(found).toMatchObject({
      namespace: 'labs',
      connectionOptions: { address: 'temporal.example.org:7233' },
    });
    expect(found.connectionOptions.tls ?? false).toBe(false);
  });

  test('is asked with an API key, encrypted', () => {
    const { connectionOptions } = connection(
      { apiKey: { existingSecret: 'temporal' } },
      { TEMPORAL_API_KEY: 'secret' },
    );
    expect(connectionOptions.apiKey).toBe('secret');
    expect(connectionOptions.tls).toBeTruthy();
  });

  test('is asked with certificates', () => {
    const { connectionOptions } = connection({ tls: { existingSecret: 'tls', serverName: 'frontend' } });
    expect(connectionOptions.tls).toMatchObject({
      serverNameOverride: 'frontend',
      serverRootCACertificate: Buffer.from('ca.crt'),
      clientCertPair: { crt: Buffer.from('tls.crt'), key: Buffer.from('tls.key') },
    });
  });

  test('for development knows the search attributes, and is of the release that is tested', () => {
    const objects = chart.objects({ temporal: { development: { enabled: true } } });
    const container = z.looseObject({ image: z.string(), args: z.array(z.string()) });
    const found = objects.find(({ metadata }) => metadata.name === 'nublado-controller-temporal');
    const deployments = objects.filter(({ kind }) => kind === 'Deployment');
    expect(found).toBeDefined();
    const [{ image, args } = { image: '', args: [] }] = deployments
      .filter(({ metadata }) => metadata.name === 'nublado-controller-temporal')
      .map((object) => container.parse(Object(object['spec']).template.spec.containers[0]));
    const type = { KEYWORD: 'Keyword', DATETIME: 'Datetime' } as const;
    expect(args.filter((arg) => arg.startsWith('--search-attribute'))).toEqual(
      SEARCH_ATTRIBUTES.map((attribute) => `--search-attribute=${attribute.name}=${type[attribute.type]}`),
    );
    const version = COMPONENTS.find(({ name }) => name === 'temporal')?.version;
    expect(image).toBe(`temporalio/temporal:${version}`);
    expect(variablesOf(podsWith({ temporal: { development: { enabled: true } } })['api'])).toMatchObject({
      TEMPORAL_ADDRESS: 'nublado-controller-temporal:7233',
    });
  });
});

test('every volume that a container mounts is there, and every volume is mounted', () => {
  const values = {
    temporal: { tls: { existingSecret: 'tls' } },
    hubToken: { existingSecret: 'hub' },
    registryCredentials: { existingSecret: 'pull' },
  };
  for (const pod of [
    ...Object.values(podsWith(values)),
    ...Object.values(podsWith({ ...values, mode: 'single' })),
  ]) {
    const mounted = pod.containers[0].volumeMounts.map(({ name }) => name);
    expect(mounted).toEqual(pod.volumes.map(({ name }) => name));
  }
});

test('Pod Security level restricted has nothing against any pod of the chart', () => {
  const namespace = 'chart-restricted';
  const labels = { 'pod-security.kubernetes.io/warn': 'restricted' };
  chart.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }]);
  const check = (values: object) => {
    const pods = chart
      .objects(values)
      .filter(({ kind }) => ['Deployment', 'Job', 'CronJob', 'Pod'].includes(kind));
    const moved = pods.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));
    const list = { apiVersion: 'v1', kind: 'List', items: moved };
    return { count: pods.length, ...chart.dryRun(JSON.stringify(list)) };
  };
  try {
    const canary = { enabled: true, user: 'canary', existingSecret: 'canary' };
    const all = { temporal: { development: { enabled: true } }, tests: { canary } };
    expect(check({})).toMatchObject({ count: 8, errors: '' });
    expect(check({ ...all, mode: 'single' })).toMatchObject({ count: 5, errors: '' });
    const kept = { temporal: { development: { enabled: true, postgresql: { enabled: true } } } };
    expect(check({ ...kept, mode: 'single' })).toMatchObject({ count: 4, errors: '' });
    // What removes the files of others cannot be restricted, which also shows that this test can fail.
    expect(check({ purge: { enabled: true } }).errors).toMatch(/would violate PodSecurity "restricted/);
  } finally {
    chart.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  }
});
