import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Child, waitFor } from '../child';
import type { KubernetesApi } from '../kubernetes-api';
import { CHECKOUT } from '../paths';
import { CONTROLLER_USER, HUB_USER } from './credentials';

/** The namespace of controller and hub. */
export const CONTROLLER_NAMESPACE = 'nublado';

/** Namespaces of users' file servers, by what makes them reachable: in each the controller has the rules of that. */
export const FILE_SERVER_NAMESPACES = {
  gafaelfawr: 'fileservers',
  ingress: 'fileservers-ingress',
  httpRoute: 'fileservers-route',
} as const;

/** Secrets of the controller's namespace that it may read, as if `lab.secrets` and `lab.pullSecret` mentioned them. */
export const LAB_SECRETS: readonly string[] = ['site', 'other', 'registry'];

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** The names of `count` simulated nodes. */
export function nodeNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `node-${index + 1}`);
}

/**
 * Creates the objects that exist before a controller is installed: nodes and namespaces, and the chart's roles unless the
 * chart itself is installed.
 */
export async function furnish(
  api: KubernetesApi,
  nodes: readonly string[],
  hasChart: boolean,
): Promise<void> {
  for (const name of [CONTROLLER_NAMESPACE, ...Object.values(FILE_SERVER_NAMESPACES)]) {
    await api.apply(`/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  }
  await Promise.all(nodes.map((name) => api.apply(`/api/v1/nodes/${name}`, nodeObject(name))));
  if (!hasChart) await grantAll(api);
}

/** Gives the users of the stack the rules that the chart gives service accounts. */
async function grantAll(api: KubernetesApi): Promise<void> {
  const ownNamespace = `${RBAC}/namespaces/${CONTROLLER_NAMESPACE}/`;
  await Promise.all([
    grant(api, CONTROLLER_USER, `${RBAC}/`, 'ClusterRole', rulesOf('controller-rules.yaml')),
    grant(api, CONTROLLER_USER, ownNamespace, 'Role', [
      ...rulesOf('controller-namespace-rules.yaml'),
      ...rulesOf('lab-secrets-rules.yaml').map((rule) => ({ ...rule, resourceNames: LAB_SECRETS })),
    ]),
    ...Object.entries(FILE_SERVER_NAMESPACES).map(([type, namespace]) => {
      const files = ['file-server-rules.yaml', `file-server-${type.toLowerCase()}-rules.yaml`];
      return grant(api, CONTROLLER_USER, `${RBAC}/namespaces/${namespace}/`, 'Role', files.flatMap(rulesOf));
    }),
    grant(api, HUB_USER, ownNamespace, 'Role', rulesOf('hub-standby-rules.yaml')),
  ]);
}

function nodeObject(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
  };
}

/** The rules of a file of the Helm chart. */
function rulesOf(file: string): object[] {
  return z.array(z.looseObject({})).parse(parse(readFileSync(join(CHECKOUT, 'helm', 'files', file), 'utf8')));
}

async function grant(
  api: KubernetesApi,
  user: string,
  path: string,
  kind: 'ClusterRole' | 'Role',
  rules: readonly object[],
): Promise<void> {
  const apiVersion = `${RBAC_GROUP}/v1`;
  const metadata = { name: user };
  await api.apply(`${path}${kind.toLowerCase()}s/${user}`, { apiVersion, kind, metadata, rules });
  await api.apply(`${path}${kind.toLowerCase()}bindings/${user}`, {
    apiVersion,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: RBAC_GROUP, kind, name: user },
    subjects: [{ apiGroup: RBAC_GROUP, kind: 'User', name: user }],
  });
}

const nodeSchema = z.object({
  spec: z.object({ taints: z.array(z.unknown()).default([]) }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
});

const podSchema = z.object({ status: z.object({ phase: z.string() }) });

/**
 * Waits until the nodes are ready and a pod has been scheduled and has run. That tests the controller manager, the
 * scheduler and the simulated kubelet.
 */
export async function awaitWorkingCluster(
  api: KubernetesApi,
  nodes: readonly string[],
  children: readonly Child[],
): Promise<void> {
  for (const name of nodes) {
    await waitFor(`node ${name} ready`, children, async () => {
      const { spec, status } = nodeSchema.parse((await api.send('GET', `/api/v1/nodes/${name}`)).body);
      const isReady = status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
      return isReady && spec.taints.length === 0;
    });
  }
  const pods = '/api/v1/namespaces/default/pods';
  const name = `probe-${randomBytes(4).toString('hex')}`;
  await waitFor('creating the first pod', children, async () => {
    const container = { name: 'probe', image: 'probe', command: ['/bin/true'] };
    const spec = { restartPolicy: 'Never', containers: [container] };
    return (await api.send('POST', pods, { metadata: { name }, spec })).status === 201;
  });
  await waitFor('the first pod', children, async () => {
    const pod = podSchema.parse((await api.send('GET', `${pods}/${name}`)).body);
    return pod.status.phase === 'Succeeded';
  });
  await api.send('DELETE', `${pods}/${name}?gracePeriodSeconds=0`);
}
