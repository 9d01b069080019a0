import { join } from 'node:path';
import { z } from 'zod';
import { writeKubeconfig } from '../../stack/control-plane/credentials';
import { stackFiles } from '../../stack/files';
import type { KubernetesApi } from '../../stack/kubernetes-api';
import type { RunningStack } from '../../stack/start';

const ACCOUNT = 'reference';
const RBAC_GROUP = 'rbac.authorization.k8s.io';
const RBAC = `/apis/${RBAC_GROUP}/v1`;

/** The user that the API server knows the original controller as. */
export const referenceUser = (namespace: string): string => `system:serviceaccount:${namespace}:${ACCOUNT}`;

const ALL = ['create', 'delete', 'get', 'list', 'watch'];
const READ = ['get', 'list', 'watch'];

/** What the original controller's chart permits it in every namespace, as docs/migration.md lists it. */
const RULES = [
  {
    apiGroups: [''],
    resources: [
      'configmaps',
      'namespaces',
      'persistentvolumeclaims',
      'pods',
      'resourcequotas',
      'secrets',
      'services',
    ],
    verbs: ALL,
  },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies', 'ingresses'], verbs: ALL },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: ALL },
  { apiGroups: [''], resources: ['events', 'pods/status', 'serviceaccounts'], verbs: READ },
  { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
  { apiGroups: ['gafaelfawr.lsst.io'], resources: ['gafaelfawringresses'], verbs: ALL },
];

const tokenSchema = z.object({ status: z.object({ token: z.string() }) });

/** Creates a service account with the permissions of the original controller; returns the kubeconfig of a token of it. */
export async function createReferenceAccount(
  stack: RunningStack,
  cluster: KubernetesApi,
  directory: string,
): Promise<string> {
  const namespace = stack.kubernetes.controllerNamespace;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${ACCOUNT}`;
  const metadata = { name: ACCOUNT };
  await cluster.apply(path, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { ...metadata, namespace },
  });
  const apiVersion = `${RBAC_GROUP}/v1`;
  await cluster.apply(`${RBAC}/clusterroles/${ACCOUNT}`, {
    apiVersion,
    kind: 'ClusterRole',
    metadata,
    rules: RULES,
  });
  await cluster.apply(`${RBAC}/clusterrolebindings/${ACCOUNT}`, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: ACCOUNT },
    subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace }],
  });
  const { body } = await cluster.send('POST', `${path}/token`, { spec: { expirationSeconds: 86_400 } });
  const file = join(directory, 'reference.kubeconfig');
  writeKubeconfig(
    file,
    stack.kubernetes.server,
    stackFiles(stack.directory).apiServerCertificate,
    tokenSchema.parse(body).status.token,
  );
  return file;
}
