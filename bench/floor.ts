import { readFileSync } from 'node:fs';
import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { parseConfig } from '../src/config/config';
import type { LabPlan } from '../src/domain/lab-plan';
import { namespaceName } from '../src/domain/names';
import { createKubernetesClient, type KubernetesClient } from '../src/kubernetes/client';
import { classify } from '../src/kubernetes/verdict';
import { labObjects } from '../src/objects/lab/objects';
import type { Stack } from '../stack/description';

/** Whether a lab's independent objects are sent one after the other or together. */
export type Order = 'serial' | 'concurrent';

/** What no controller can be faster than: the same objects by bare API calls, one watch for all pods. */
export interface Floor {
  spawn(username: string, order: Order): Promise<void>;
  remove(username: string): Promise<void>;
  close(): Promise<void>;
}

const SERVICE_ACCOUNT_RETRY_MS = 10;

export function createFloor(stack: Stack, configFile: string): Floor {
  const { config } = parseConfig(readFileSync(configFile, 'utf8'), {
    REPERTOIRE_BASE_URL: stack.identity.discoveryUrl,
  });
  const kubernetes = createKubernetesClient({
    kubeconfig: stack.kubernetes.controllerKubeconfig,
    requestTimeoutMs: 60_000,
  });
  const running = watchRunning(kubernetes);
  return {
    async spawn(username, order) {
      const { namespace, pod, ...contents } = labObjects({
        config,
        plan: planOf(username),
        operationId: 'floor',
        secrets: { token: 'token', hubEnvironment: {} },
        copiedSecrets: {},
        pullSecret: null,
        discovery: { datasets: {}, influxdbDatabases: {}, services: { internal: {} } },
      });
      const { configMaps, secrets, quota, networkPolicy } = contents;
      const objects = [...configMaps, ...secrets, ...(quota ? [quota] : []), networkPolicy];
      await kubernetes.create(namespace);
      if (order === 'serial') for (const object of objects) await kubernetes.create(object);
      else await Promise.all(objects.map((object) => kubernetes.create(object)));
      await createPod(kubernetes, pod);
      await running.of(username);
    },
    async remove(username) {
      const name = namespaceName(config.lab.namespacePrefix, username);
      await kubernetes.core.deleteNamespacedPod({ name: `${username}-nb`, namespace: name });
      await kubernetes.core.deleteNamespace({ name });
    },
    async close() {
      running.stop();
      await kubernetes.close();
    },
  };
}

/** The namespace's service account may come a moment later than the namespace. */
async function createPod(kubernetes: KubernetesClient, pod: KubernetesObject): Promise<void> {
  for (;;) {
    try {
      await kubernetes.create(pod);
      return;
    } catch (error) {
      if (classify(error).kind !== 'retry') throw error;
      await new Promise((resolve) => setTimeout(resolve, SERVICE_ACCOUNT_RETRY_MS));
    }
  }
}

function watchRunning(kubernetes: KubernetesClient) {
  const waiting = new Map<string, () => void>();
  const started = new Set<string>();
  const stopped = new AbortController();
  const follow = async () => {
    const options = { path: '/api/v1/pods', signal: stopped.signal };
    for await (const change of kubernetes.listThenWatch<V1Pod>(options)) {
      if (change.type !== 'ADDED' && change.type !== 'MODIFIED') continue;
      const name = change.object.metadata?.name?.replace(/-nb$/, '') ?? '';
      if (change.object.status?.phase !== 'Running') continue;
      started.add(name);
      waiting.get(name)?.();
    }
  };
  follow().catch(() => undefined);
  return {
    of: (username: string) =>
      new Promise<void>((resolve) => {
        if (started.has(username)) resolve();
        else waiting.set(username, resolve);
      }),
    stop: () => stopped.abort(),
  };
}

function planOf(username: string): LabPlan {
  return {
    user: {
      username,
      name: username,
      uid: 5000,
      gid: 5000,
      groups: [{ name: username, id: 5000 }],
      quota: null,
    },
    image: { reference: 'registry.example.com/lab:behaviour-fast', name: 'fast', digest: null },
    size: 'small',
    resources: { limits: { cpu: 1, memory: 2 ** 30 }, requests: { cpu: 0.1, memory: 2 ** 28 } },
    quota: { cpu: 9, memory: 27 * 2 ** 30 },
    enableDebug: false,
    resetUserEnv: false,
    environment: { JUPYTERHUB_SERVICE_PREFIX: `/nb/user/${username}/` },
    secrets: { keyId: '', iv: '', ciphertext: '', tag: '' },
  };
}
