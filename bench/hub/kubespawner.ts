import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freeLoopbackPort } from '../../src/process/address';
import { buildComponents } from '../../stack/build';
import { type Child, type ProcessPlan, startChild, waitFor } from '../../stack/child';
import type { PythonComponent } from '../../stack/components';
import type { Stack } from '../../stack/description';
import { hubApi } from '../../stack/hub-api';
import { hubAnswers } from '../../stack/hub-request';
import { configurableProxy } from '../../stack/jupyterhub/configurable-proxy';
import type { KubernetesApi } from '../../stack/kubernetes-api';
import type { MeasuredHub } from './spawns';

const NAMESPACE = 'kubespawner';
const REQUIREMENTS = join(__dirname, 'requirements-kubespawner.txt');

const newToken = (): string => randomBytes(16).toString('hex');

const newUrl = async (): Promise<string> => `http://127.0.0.1:${await freeLoopbackPort()}`;

const portOf = (url: string): number => Number(new URL(url).port);

/** A hub whose KubeSpawner runs labs on a stack. */
export interface KubeSpawnerHub extends MeasuredHub {
  /** Creates users, who need not log in. */
  register(usernames: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Starts a JupyterHub with KubeSpawner and its own proxy; installs them if they are missing. */
export async function startKubeSpawnerHub(
  stack: Stack,
  cluster: KubernetesApi,
  say: (line: string) => void,
): Promise<KubeSpawnerHub> {
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 8);
  const component: PythonComponent = {
    name: 'kubespawner',
    version,
    requirements: REQUIREMENTS,
    binaries: ['bin/python'],
  };
  const { python = '' } = await buildComponents({ components: [component], progress: say });
  await cluster.send('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  const directory = join(stack.directory, 'kubespawner');
  mkdirSync(directory, { recursive: true });
  const settings = {
    url: await newUrl(),
    proxyUrl: await newUrl(),
    proxyApiUrl: await newUrl(),
    proxyToken: newToken(),
    adminToken: newToken(),
    namespace: NAMESPACE,
    image: 'registry.example.com/lab:behaviour-fast',
  };
  writeFileSync(join(directory, 'kubespawner.json'), JSON.stringify(settings), { mode: 0o600 });
  const start = (plan: ProcessPlan) =>
    startChild(plan, { directory, logFile: join(stack.directory, 'logs', `${plan.name}.log`) });
  const proxy = start(
    configurableProxy({
      name: 'kubespawner-proxy',
      port: portOf(settings.proxyUrl),
      apiPort: portOf(settings.proxyApiUrl),
      token: settings.proxyToken,
    }),
  );
  const hub = start({
    name: 'kubespawner-hub',
    command: python,
    args: ['-m', 'jupyterhub', `--config=${join(__dirname, 'kubespawner_config.py')}`],
    environment: { KUBECONFIG: stack.kubernetes.adminKubeconfig },
  });
  const apiUrl = `${settings.url}/hub/api`;
  await waitFor('kubespawner-hub', [proxy, hub], () => hubAnswers(apiUrl));
  const api = hubApi({ apiUrl, adminToken: settings.adminToken });
  return {
    api,
    register: (usernames) => api.addUsers(usernames),
    form: {},
    pids: () => ({ hub: hub.pid }),
    async close() {
      for (const child of [hub, proxy] satisfies Child[]) child.kill('SIGKILL');
      await cluster.send('DELETE', `/api/v1/namespaces/${NAMESPACE}`);
    },
  };
}
