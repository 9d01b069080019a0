import { readFileSync } from 'node:fs';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parseConfig } from '../src/config/config';
import { namespaceName, podName } from '../src/domain/lab-key';
import { createKubernetesClient, type KubernetesClient } from '../src/kubernetes/client';
import type { ObjectReference } from '../src/kubernetes/objects';
import { coreReference, namespaceReference } from '../src/kubernetes/references';
import { classify, ignoreNotFound } from '../src/kubernetes/verdict';
import type { LabObjectsInput } from '../src/objects/lab/input';
import { labObjects } from '../src/objects/lab/objects';
import type { Stack } from '../stack/description';
import type { ClusterView } from './cluster-view';
import type { Contender } from './contender';

/** Whether a lab's independent objects are created one after the other or concurrently. */
export type Creation = 'serial' | 'concurrent';

/** Secrets of the controller's namespace that go into labs, where the configuration names some. */
export type SiteSecrets = Pick<LabObjectsInput, 'copiedSecrets' | 'pullSecret'>;

const RETRY_MS = 10;

/**
 * The lower bound for any controller: the same objects by plain API requests with the controller's credentials, and
 * one shared watch that reports running pods. A removal deletes the pod, waits until it is gone, and deletes the
 * namespace.
 */
export function createFloor(
  stack: Stack,
  view: ClusterView,
  configFile: string,
  creation: Creation,
  site: SiteSecrets = { copiedSecrets: {}, pullSecret: null },
): Contender {
  const { config } = parseConfig(readFileSync(configFile, 'utf8'), {
    REPERTOIRE_BASE_URL: stack.identity.discoveryUrl,
  });
  const kubernetes = createKubernetesClient({
    kubeconfig: stack.kubernetes.controllerKubeconfig,
    requestTimeoutMs: 60_000,
  });
  const spawn: Contender['spawn'] = async ({ username }, imageTag) => {
    const { namespace, pod, ...contents } = labObjects({
      config,
      plan: planOf(username, namespaceName(config.lab.namespacePrefix, username), imageTag),
      operationId: 'floor',
      secrets: { token: 'token', hubEnvironment: {}, environment: {} },
      ...site,
      discovery: { datasets: {}, influxdbDatabases: {}, services: { internal: {} } },
    });
    const { configMaps, secrets, quota, networkPolicy } = contents;
    const objects = [...configMaps, ...secrets, ...(quota ? [quota] : []), networkPolicy];
    await kubernetes.create(namespace);
    if (creation === 'serial') for (const object of objects) await createInNew(kubernetes, object);
    else await Promise.all(objects.map((object) => createInNew(kubernetes, object)));
    await createInNew(kubernetes, pod);
    await view.podRunning(username);
    return { acceptedAt: null, events: [] };
  };
  const remove: Contender['remove'] = async ({ username }) => {
    const name = namespaceName(config.lab.namespacePrefix, username);
    // A lab whose spawn failed may have no pod; its namespace must not affect the next round.
    await removeNow(kubernetes, coreReference('Pod', { namespace: name, name: podName(username) }));
    await view.podGone(username);
    await removeNow(kubernetes, namespaceReference(name));
  };
  return {
    name: `floor, ${creation}`,
    spawn,
    remove,
    async respawn(user, imageTag) {
      await remove(user);
      await view.namespaceGone(user.username);
      await spawn(user, imageTag);
    },
    close: () => kubernetes.close(),
  };
}

/**
 * Creates an object in a new namespace. Its service account is created asynchronously, and the API server may still
 * have an earlier namespace of the name, being deleted, in its cache.
 */
async function createInNew(kubernetes: KubernetesClient, object: KubernetesObject): Promise<void> {
  for (;;) {
    try {
      await kubernetes.create(object);
      return;
    } catch (error) {
      if (classify(error).kind !== 'retry') throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** The plan of a small lab. */
export function planOf(username: string, namespace: string, imageTag: string): LabObjectsInput['plan'] {
  return {
    user: {
      username,
      name: username,
      uid: 5000,
      gid: 5000,
      groups: [{ name: username, id: 5000 }],
      quota: null,
    },
    image: { reference: `registry.example.com/lab:${imageTag}`, name: imageTag, digest: null },
    size: 'small',
    resources: { limits: { cpu: 1, memory: 2 ** 30 }, requests: { cpu: 0.1, memory: 2 ** 28 } },
    quota: { cpu: 9, memory: 27 * 2 ** 30 },
    enableDebug: false,
    resetUserEnv: false,
    environment: { JUPYTERHUB_SERVICE_PREFIX: `/nb/user/${username}/` },
    namespace,
  };
}

/** Asks for the deletion of an object, if it is there. */
async function removeNow(kubernetes: KubernetesClient, reference: ObjectReference): Promise<void> {
  const present = await ignoreNotFound(() => kubernetes.identify(reference));
  if (present) await kubernetes.remove(reference, { uid: present.metadata.uid });
}
