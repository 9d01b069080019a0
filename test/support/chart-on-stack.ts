import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Helm, type HelmOutcome, helmOn } from '../../stack/chart/helm';
import { CHART, createHubToken, writeValues } from '../../stack/chart/install';
import { RELEASE } from '../../stack/chart/release';
import { valuesFor } from '../../stack/chart/values';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import { type OwnStack, startStack } from '../../stack/start';
import { yamlFile } from './chart';
import { eventually } from './eventually';
import { HUB_VERSION } from './hub-version';

const valuesSchema = z.looseObject({ config: z.looseObject({}) });

const podsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      }),
    }),
  ),
});
const cronJobSchema = z.object({ spec: z.object({ jobTemplate: z.object({ spec: z.looseObject({}) }) }) });
const jobSchema = z.object({
  status: z.object({ succeeded: z.number().default(0), failed: z.number().default(0) }),
});
const listSchema = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });
const groupsSchema = z.object({
  groups: z.array(z.object({ preferredVersion: z.object({ groupVersion: z.string() }) })),
});
const resourcesSchema = z.object({
  resources: z.array(z.object({ name: z.string(), verbs: z.array(z.string()), namespaced: z.boolean() })),
});

/** Kinds that others write of their own accord, and addresses of labs' Services. */
const TRANSIENT = new Set([
  'componentstatuses',
  'csinodes',
  'endpoints',
  'endpointslices',
  'events',
  'ipaddresses',
  'leases',
  'nodes',
]);

/** The chart on a stack of its own, with a full hub; its pods run as processes. */
export class ChartOnStack {
  private constructor(
    readonly stack: OwnStack,
    readonly cluster: KubernetesApi,
    private readonly runHelm: Helm,
    private readonly values: object,
  ) {}

  /** Starts the stack; the chart is not installed yet. `file` has its values but for those that are the stack's. */
  static async start(file: string): Promise<ChartOnStack> {
    const name = `chart-${randomBytes(4).toString('hex')}`;
    const progress = (line: string) => process.stderr.write(`stack: ${line}\n`);
    const stack = await startStack({
      name,
      jupyterhub: 'full',
      hubVersion: HUB_VERSION,
      chart: 'later',
      temporal: 'postgresql',
      progress,
    });
    const { adminKubeconfig, controllerNamespace } = stack.kubernetes;
    const { config, ...more } = valuesSchema.parse(yamlFile(file));
    const hub = { apiUrl: stack.jupyterhub?.apiUrl };
    const values = { ...valuesFor(stack, { ...config, hub }), ...more };
    const helm = await helmOn(adminKubeconfig, controllerNamespace);
    await createHubToken(stack);
    return new ChartOnStack(stack, kubernetesApi(adminKubeconfig), helm, values);
  }

  /** Creates a Secret of the release's namespace, which outlives the release. */
  async putSecret(name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
    await this.cluster.apply(`${this.path('', 'v1', 'secrets')}/${name}`, secret);
  }

  async stop(): Promise<void> {
    this.cluster.close();
    await this.stack.stop();
  }

  /** Installs or upgrades the release. All pods are replaced if `generation` is another one. */
  deploy(command: 'install' | 'upgrade', generation: string): Promise<HelmOutcome> {
    const file = writeValues(this.stack, { ...this.values, podAnnotations: { generation } });
    return this.runHelm(command, RELEASE, CHART, `--values=${file}`, '--wait', '--timeout=280s');
  }

  /** Runs another command of Helm on the release. */
  helm(command: string, ...words: readonly string[]): Promise<HelmOutcome> {
    return this.runHelm(command, RELEASE, ...words);
  }

  /** Names of the release's pods that are ready and stay. */
  async readyPods(): Promise<string[]> {
    const { body } = await this.cluster.send('GET', this.path('', 'v1', 'pods'));
    const { items } = podsSchema.parse(body);
    const ready = items.filter(
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined &&
        status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    return ready.map(({ metadata }) => metadata.name).toSorted();
  }

  /** Runs a CronJob of the release now. @throws Error if its pod fails. */
  async runCronJob(name: string): Promise<void> {
    const { body } = await this.cluster.send('GET', `${this.path('batch', 'v1', 'cronjobs')}/${name}`);
    const { spec } = cronJobSchema.parse(body).spec.jobTemplate;
    const jobs = this.path('batch', 'v1', 'jobs');
    await this.cluster.send('POST', jobs, { metadata: { name: 'now' }, spec });
    const { status } = await eventually(
      async () => jobSchema.parse((await this.cluster.send('GET', `${jobs}/now`)).body),
      ({ status }) => status.succeeded + status.failed > 0,
    );
    await this.cluster.send('DELETE', `${jobs}/now?propagationPolicy=Foreground`);
    if (status.failed > 0) throw new Error(`${name} has failed`);
  }

  /** All objects of all kinds in the release's namespaces and outside of namespaces, but for what comes and goes. */
  async objects(): Promise<string[]> {
    const { body } = await this.cluster.send('GET', '/apis');
    const versions = groupsSchema
      .parse(body)
      .groups.map(({ preferredVersion }) => preferredVersion.groupVersion);
    const found = await Promise.all(['v1', ...versions].map((version) => this.objectsOf(version)));
    return found.flat().toSorted();
  }

  private async objectsOf(version: string): Promise<string[]> {
    const root = version === 'v1' ? '/api/v1' : `/apis/${version}`;
    const { resources } = resourcesSchema.parse((await this.cluster.send('GET', root)).body);
    const kinds = resources.filter(({ name, verbs }) => verbs.includes('list') && !TRANSIENT.has(name));
    const { controllerNamespace, fileServerNamespaces } = this.stack.kubernetes;
    const places = [controllerNamespace, fileServerNamespaces.gafaelfawr].map(
      (name) => `/namespaces/${name}`,
    );
    const lists = kinds.flatMap(({ name, namespaced }) =>
      (namespaced ? places : ['']).map(async (place) => {
        const { body } = await this.cluster.send('GET', `${root}${place}/${name}`);
        return listSchema.parse(body).items.map(({ metadata }) => `${name}/${metadata.name}`);
      }),
    );
    return (await Promise.all(lists)).flat();
  }

  private path(group: string, version: string, kind: string): string {
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    return `${root}/namespaces/${this.stack.kubernetes.controllerNamespace}/${kind}`;
  }
}
