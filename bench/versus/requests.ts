import type { KubernetesApi } from '../../stack/kubernetes-api';

const GROUP = 'flowcontrol.apiserver.k8s.io';
const SCHEMAS = `/apis/${GROUP}/v1/flowschemas`;

/** Before all rules of the API server itself but those for administrators. */
const PRECEDENCE = 100;

const schemaOf = (user: string): string => `versus-${user.replaceAll(/[^a-z0-9]+/g, '-')}`;

/**
 * Has the API server count the requests of a user apart, and serve them as those of any controller that runs in a pod,
 * so that all contestants are counted and served alike.
 */
export async function countRequestsOf(cluster: KubernetesApi, user: string): Promise<void> {
  const name = schemaOf(user);
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  await cluster.apply(`${SCHEMAS}/${name}`, {
    apiVersion: `${GROUP}/v1`,
    kind: 'FlowSchema',
    metadata: { name },
    spec: {
      priorityLevelConfiguration: { name: 'workload-low' },
      matchingPrecedence: PRECEDENCE,
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: user } }],
          resourceRules: [{ ...everything, namespaces: ['*'], clusterScope: true }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        },
      ],
    },
  });
}

const DISPATCHED = /^apiserver_flowcontrol_dispatched_requests_total\{(.*)\} (\S+)$/gm;

/** The number of requests of a user so far, watches included, by the API server. */
export async function requestsOf(cluster: KubernetesApi, user: string): Promise<number> {
  const { body } = await cluster.send('GET', '/metrics');
  return countRequests(String(body), user);
}

/** The same, from the text of its metrics. */
export function countRequests(metrics: string, user: string): number {
  const schema = `flow_schema="${schemaOf(user)}"`;
  return [...metrics.matchAll(DISPATCHED)]
    .filter(([, labels = '']) => labels.split(',').includes(schema))
    .reduce((sum, [, , value]) => sum + Number(value), 0);
}
