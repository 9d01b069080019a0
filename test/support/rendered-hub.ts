import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { V1Container, V1Deployment, V1Pod, V1Secret } from '@kubernetes/client-node';
import { freeLoopbackPort } from '../../src/process/address';
import { buildComponents } from '../../stack/build';
import { type Child, type ProcessPlan, startChild } from '../../stack/child';
import { POSTGRESQL } from '../../stack/components';
import { stackFiles } from '../../stack/files';
import { k8sHubComponents } from '../../stack/jupyterhub/components';
import { configurableProxy } from '../../stack/jupyterhub/configurable-proxy';
import { kubernetesApi } from '../../stack/kubernetes-api';
import { findIsolation } from '../../stack/labs/isolation';
import { launch } from '../../stack/labs/launcher';
import { describePostgresql, startPostgresql } from '../../stack/postgresql';
import type { Chart, Manifest } from './chart';
import { eventually } from './eventually';
import { theStack } from './stack';

/** A PostgreSQL of a test. */
export interface Database {
  readonly url: string;
  /** Folder of its socket. */
  readonly directory: string;
  stop(): void;
}

/** Starts a PostgreSQL in a folder; all users of this machine may connect to it. */
export async function aDatabase(directory: string): Promise<Database> {
  const binaries = await buildComponents({ components: [POSTGRESQL] });
  const children: Child[] = [];
  const start = (plan: ProcessPlan): Child => {
    const child = startChild(plan, { directory, logFile: join(directory, `${plan.name}.log`) });
    children.push(child);
    return child;
  };
  const files = stackFiles(directory);
  await startPostgresql({ directory, binaries, files, launch: start, listen: null });
  chmodSync(files.postgresqlData, 0o711);
  return {
    url: describePostgresql(files).url,
    directory: files.postgresqlData,
    stop: () => children.forEach((child) => child.kill('SIGKILL')),
  };
}

export interface RenderedHubOptions {
  readonly chart: Chart;
  /** Of the chart of the hub. */
  readonly objects: readonly Manifest[];
  /** ConfigMaps and Secrets that it refers to. */
  readonly others: readonly Manifest[];
  readonly namespace: string;
  /** An address of loopback for its port 8081. */
  readonly address: string;
  /** A folder for its files. */
  readonly directory: string;
  /** Folders besides that it needs. */
  readonly needed: readonly string[];
}

/** The hub of a rendered chart as a process, with its proxy. */
export interface RenderedHub {
  readonly url: string;
  log(): string;
  stop(): Promise<void>;
}

/** What is in a Secret that the chart has rendered. */
export function secretValue(objects: readonly Manifest[], name: string, key: string): string {
  const found = objects.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === name);
  return Buffer.from((found as V1Secret | undefined)?.data?.[key] ?? '', 'base64').toString();
}

/**
 * Runs the pod of the rendered Deployment `hub`: its files, environment, user and command, as a kubelet would. Names of
 * Services lead to loopback, by `/etc/hosts`. Returns once the hub answers.
 */
export async function startRenderedHub(options: RenderedHubOptions): Promise<RenderedHub> {
  const { address, chart, directory, namespace, needed, objects, others } = options;
  const logs = join(directory, 'logs');
  mkdirSync(logs, { recursive: true });
  const [proxyPort, proxyApiPort] = [await freeLoopbackPort(), await freeLoopbackPort()];
  const hosts = [`127.0.0.1 proxy-api proxy-public`, `${address} localhost hub hub.${namespace}`].join('\n');
  const names = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'hosts', namespace },
    data: { hosts },
  };
  const files = [...objects, ...others].filter(({ kind }) => ['ConfigMap', 'Secret'].includes(kind));
  chart.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...files.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } })),
    names,
  ]);

  const proxy = startChild(
    configurableProxy({
      name: 'proxy',
      port: proxyPort,
      apiPort: proxyApiPort,
      token: secretValue(objects, 'hub', 'hub.config.ConfigurableHTTPProxy.auth_token'),
    }),
    { directory, logFile: join(logs, 'proxy.log') },
  );

  const { python = '', nublado_hub: plugins = '' } = await buildComponents({
    components: k8sHubComponents(),
  });
  const pod = podOf(objects, namespace);
  const [hub] = pod.spec?.containers ?? [];
  if (!pod.spec || !hub) throw new Error('the chart has no hub');
  const variable = (name: string, value: string | number) => ({ name, value: String(value) });
  const container: V1Container = {
    ...hub,
    // `jupyterhub` of the image's Python, with its packages and the plugins.
    command: [python, '-m'],
    args: [...(hub.args ?? []), `--JupyterHub.hub_bind_url=http://${address}:8081`],
    workingDir: '/',
    env: [
      ...(hub.env ?? []),
      variable('PATH', `${dirname(python)}:${process.env['PATH']}`),
      variable('PYTHONPATH', dirname(plugins)),
      // What a kubelet adds for the Services of the namespace.
      variable('HUB_SERVICE_PORT', 8081),
      variable('PROXY_API_SERVICE_PORT', proxyApiPort),
      variable('PROXY_PUBLIC_SERVICE_PORT', proxyPort),
    ],
    volumeMounts: [...(hub.volumeMounts ?? []), { name: 'hosts', mountPath: '/etc/hosts', subPath: 'hosts' }],
  };
  const volumes = [...(pod.spec.volumes ?? []), { name: 'hosts', configMap: { name: 'hosts' } }];
  const api = kubernetesApi(theStack().kubernetes.adminKubeconfig);
  const programs = { python: null, nublado: [] };
  const running = await launch(
    {
      api,
      isolation: await findIsolation(),
      directory,
      logs,
      programs,
      jupyterConfig: directory,
      needed: [...foldersOf(python), dirname(plugins), ...needed],
    },
    { ...pod, spec: { ...pod.spec, volumes, containers: [container] } },
    container,
  );
  api.close();
  const log = () => readFileSync(join(logs, 'hub.log'), 'utf8');
  let exitCode: number | undefined;
  void running.exited.then((code) => {
    exitCode = code;
  });
  const url = `http://${address}:8081`;
  await eventually(
    async () => {
      if (exitCode !== undefined) throw new Error(`the hub ended with ${exitCode}:\n${log()}`);
      return fetch(`${url}${hub.readinessProbe?.httpGet?.path}`).then(
        ({ status }) => status,
        () => null,
      );
    },
    (status) => status === 200,
  );
  return {
    url,
    log,
    async stop() {
      // In order it would wait for the culler, which ends with it.
      running.kill('SIGKILL');
      await running.exited;
      proxy.kill('SIGKILL');
    },
  };
}

function podOf(objects: readonly Manifest[], namespace: string): V1Pod {
  const found = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'hub');
  const template = (found as V1Deployment | undefined)?.spec?.template;
  const metadata = { ...template?.metadata, name: 'hub', namespace, uid: randomBytes(4).toString('hex') };
  return { metadata, ...(template?.spec ? { spec: template.spec } : {}) };
}

/** The virtual environment and the Python installation it is based on. */
function foldersOf(python: string): string[] {
  return [dirname(dirname(python)), dirname(dirname(realpathSync(python)))];
}
