import { z } from 'zod';
import { type Chart, type Manifest, theChart } from '../support/chart';
import { CASES, LAB } from '../support/chart-cases';

const list = z
  .array(z.record(z.string(), z.unknown()))
  .nullish()
  .transform((found) => found ?? []);

const podSchema = z.looseObject({
  imagePullSecrets: list,
  containers: z.tuple([
    z.looseObject({
      name: z.string(),
      image: z.string(),
      env: list,
      envFrom: list,
      volumeMounts: list,
    }),
  ]),
  volumes: list,
});
type Pod = z.infer<typeof podSchema>;

const templated = z.looseObject({ template: z.looseObject({ spec: podSchema }) });
const workloadSchema = z.union([
  z.object({ spec: templated }).transform(({ spec }) => spec.template.spec),
  z
    .object({ spec: z.object({ jobTemplate: z.object({ spec: templated }) }) })
    .transform(({ spec }) => spec.jobTemplate.spec.template.spec),
]);

const EVERYTHING = {
  config: LAB,
  purge: { enabled: true },
  image: CASES['an image by digest']?.['image'],
  imagePullSecrets: [{ name: 'pull-secret' }],
};

let chart: Chart;

beforeAll(async () => {
  chart = await theChart();
});

/** The pods of Deployments, jobs and CronJobs, by the name of their container. */
function podsIn(objects: readonly Manifest[]): Record<string, Pod> {
  const pods = objects.flatMap((object) => workloadSchema.safeParse(object).data ?? []);
  return Object.fromEntries(pods.map((pod) => [pod.containers[0].name, pod]));
}

const ALL = ['api', 'create-sealing-keys', 'purge', 'register-search-attributes', 'watcher', 'worker'];

test('settings of all pods are those of hooks and of purging, too', () => {
  const settings = Object(CASES['settings of all pods']);
  const pods = podsIn(chart.objects({ ...EVERYTHING, ...settings }));
  expect(Object.keys(pods).toSorted()).toEqual(ALL);
  for (const [name, pod] of Object.entries(pods)) {
    const [container] = pod.containers;
    const placement = Object.fromEntries(
      ['nodeSelector', 'tolerations', 'affinity', 'priorityClassName'].map((key) => [key, pod[key]]),
    );
    expect({ name, ...placement, imagePullSecrets: pod.imagePullSecrets }).toEqual({
      name,
      nodeSelector: settings.nodeSelector,
      tolerations: settings.tolerations,
      affinity: settings.affinity,
      priorityClassName: settings.priorityClassName,
      imagePullSecrets: EVERYTHING.imagePullSecrets,
    });
    expect(container.env).toEqual(expect.arrayContaining(settings.extraEnv));
    expect(container.envFrom).toEqual(settings.extraEnvFrom);
    expect(container.volumeMounts).toEqual(expect.arrayContaining(settings.extraVolumeMounts));
    expect(pod.volumes).toEqual(expect.arrayContaining(settings.extraVolumes));
  }
});

test('settings of one part take the place of those of all', () => {
  const settings = { nodeSelector: { disk: 'slow' }, priorityClassName: 'high' };
  const { api, worker } = podsIn(
    chart.objects({ api: settings, nodeSelector: { disk: 'fast' }, priorityClassName: 'low' }),
  );
  expect(api).toMatchObject(settings);
  expect(worker).toMatchObject({ nodeSelector: { disk: 'fast' }, priorityClassName: 'low' });
});

test('the pods of each part are spread over nodes, and otherwise if the site says so', () => {
  const constraint = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
  for (const [part, pod] of Object.entries(podsIn(chart.objects({})))) {
    if (!['api', 'worker', 'watcher'].includes(part)) continue;
    const labels = { 'app.kubernetes.io/component': part };
    const common = { maxSkew: 1, labelSelector: { matchLabels: expect.objectContaining(labels) } };
    const hosts = { ...common, topologyKey: 'kubernetes.io/hostname' };
    expect(pod['topologySpreadConstraints']).toEqual([expect.objectContaining(hosts)]);
    const set = podsIn(chart.objects({ topologySpreadConstraints: [constraint] }))[part];
    expect(set?.['topologySpreadConstraints']).toEqual([{ ...common, ...constraint }]);
  }
});

test('every container runs the image by its digest', () => {
  const { repository, tag, digest } = Object(EVERYTHING.image);
  const pods = podsIn(chart.objects(EVERYTHING));
  expect(Object.keys(pods).toSorted()).toEqual(ALL);
  for (const { containers } of Object.values(pods)) {
    expect(containers[0].image).toBe(`${repository}:${tag}@${digest}`);
  }
});

const NAMED: Readonly<Record<string, object>> = {
  configuration: { configuration: { existingSecret: 'of-the-site' } },
  'sealing keys': { sealingKeys: { existingSecret: 'of-the-site' } },
  'an API key': { temporal: { apiKey: { existingSecret: 'of-the-site' } } },
  'certificates for Temporal': { temporal: { tls: { existingSecret: 'of-the-site' } } },
  'a token for the hub': { hubToken: { existingSecret: 'of-the-site' } },
  'credentials of registries': { registryCredentials: { existingSecret: 'of-the-site' } },
  'a webhook': { slackWebhook: { existingSecret: 'of-the-site' } },
};

test.each(Object.keys(NAMED))('a Secret of the site is used for %s, and the chart makes none', (what) => {
  const objects = chart.objects(NAMED[what] ?? {});
  expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  const { worker } = podsIn(objects);
  expect(JSON.stringify(worker)).toContain('of-the-site');
});

const named = z.looseObject({ name: z.string() });

test('API and workers are scaled, the one by CPU and the other by task slots in use', () => {
  const objects = chart.objects(CASES['autoscaling'] ?? {});
  const scalers = objects
    .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
    .map(({ spec }) => z.looseObject({ scaleTargetRef: named, metrics: z.tuple([z.unknown()]) }).parse(spec));
  expect(
    Object.fromEntries(scalers.map(({ scaleTargetRef, metrics }) => [scaleTargetRef.name, metrics[0]])),
  ).toEqual({
    'nublado-controller-api': {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
    },
    'nublado-controller-worker': {
      type: 'Pods',
      pods: {
        metric: {
          name: 'slots',
          selector: { matchLabels: expect.objectContaining({ task_queue: 'images' }) },
        },
        target: { type: 'AverageValue', averageValue: '50' },
      },
    },
  });
  const replicas = objects
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ metadata, spec }) => [
      metadata.name,
      z.looseObject({ replicas: z.number().optional() }).parse(spec).replicas,
    ]);
  // Else each upgrade would undo what the autoscaler has decided.
  expect(Object.fromEntries(replicas)).toEqual({
    'nublado-controller-api': undefined,
    'nublado-controller-worker': undefined,
    'nublado-controller-watcher': 2,
  });
});

test('parts with several pods have a budget for disruptions, and one that has a single pod has none', () => {
  const budgets = (values: object): string[] =>
    chart
      .objects(values)
      .filter(({ kind }) => kind === 'PodDisruptionBudget')
      .map(({ metadata }) => metadata.name.replace('nublado-controller-', ''))
      .toSorted();
  expect(budgets({})).toEqual(['api', 'watcher', 'worker']);
  expect(budgets({ watcher: { replicas: 1 }, worker: { podDisruptionBudget: false } })).toEqual(['api']);
  expect(budgets({ mode: 'single' })).toEqual([]);
  expect(budgets({ api: { replicas: 1, autoscaling: { enabled: true } } })).toContain('api');
});
