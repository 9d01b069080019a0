import { randomBytes } from 'node:crypto';
import type { V1Container, V1PodSecurityContext, V1Volume } from '@kubernetes/client-node';
import { z } from 'zod';
import type { KubernetesApi } from '../../stack/kubernetes-api';
import { eventually } from '../support/eventually';

const endSchema = z.object({
  exitCode: z.number(),
  reason: z.string(),
  message: z.string().optional(),
  startedAt: z.string(),
  finishedAt: z.string(),
});

const containerStatusSchema = z.object({
  name: z.string(),
  ready: z.boolean(),
  restartCount: z.number(),
  state: z.object({
    running: z.object({ startedAt: z.string() }).optional(),
    waiting: z.object({ reason: z.string() }).optional(),
    terminated: endSchema.optional(),
  }),
  lastState: z.object({ terminated: endSchema.optional() }).optional(),
});

const podSchema = z.object({
  metadata: z.object({ deletionTimestamp: z.string().optional() }),
  status: z.object({
    phase: z.string(),
    reason: z.string().optional(),
    podIP: z.string().optional(),
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), reason: z.string().optional() }))
      .default([]),
    initContainerStatuses: z.array(containerStatusSchema).default([]),
    containerStatuses: z.array(containerStatusSchema).default([]),
  }),
});

export type Pod = z.infer<typeof podSchema>;

const eventsSchema = z.object({
  items: z.array(
    z.object({
      type: z.string(),
      reason: z.string(),
      message: z.string(),
      involvedObject: z.object({ name: z.string(), fieldPath: z.string().optional() }),
    }),
  ),
});

export type Event = z.infer<typeof eventsSchema>['items'][number];

export interface PodRequest {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** What else the container has. */
  readonly container?: Partial<V1Container>;
  /** In place of one without a command. */
  readonly initContainers?: readonly V1Container[];
  readonly podSecurity?: V1PodSecurityContext;
  readonly restartPolicy?: 'Never' | 'OnFailure' | 'Always';
  /** A service account of the namespace, whose token is mounted; none by default. */
  readonly serviceAccount?: string;
  readonly volumes?: readonly V1Volume[];
  readonly gracePeriodSeconds?: number;
}

const IMAGE_ONLY: V1Container = { name: 'inithome', image: 'registry.example.com/init:1' };

/** A namespace of one test file, with the pods in it. */
export interface PodNamespace {
  readonly name: string;
  create(name: string, request?: PodRequest): Promise<void>;
  /** Undefined once the pod is gone. */
  read(name: string): Promise<Pod | undefined>;
  annotate(name: string, annotations: Readonly<Record<string, string>>): Promise<void>;
  remove(name: string): Promise<void>;
  events(name: string): Promise<readonly Event[]>;
  delete(): Promise<void>;
}

async function send(api: KubernetesApi, ...request: Parameters<KubernetesApi['send']>): Promise<unknown> {
  const { status, body } = await api.send(...request);
  if (status >= 300) throw new Error(`${request[0]} ${request[1]} gave ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** Makes a namespace of a random name. */
export async function createPodNamespace(api: KubernetesApi): Promise<PodNamespace> {
  const namespace = `pods-${randomBytes(4).toString('hex')}`;
  const base = `/api/v1/namespaces/${namespace}`;
  await send(api, 'POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  // Pods are refused until the controller manager has given the namespace its service account.
  await eventually(
    () => api.send('GET', `${base}/serviceaccounts/default`),
    ({ status }) => status === 200,
  );
  return {
    name: namespace,
    async create(name, { annotations = {}, image = 'registry.example.com/lab:w_2077_46', ...rest } = {}) {
      const { command, gracePeriodSeconds = 30, nodeSelector, volumes = [] } = rest;
      const { initContainers = [IMAGE_ONLY], podSecurity = {}, restartPolicy = 'OnFailure' } = rest;
      const { serviceAccount } = rest;
      const container = { name: 'notebook', image, ...(command ? { command } : {}), ...rest.container };
      await send(api, 'POST', `${base}/pods`, {
        metadata: { name, annotations },
        spec: {
          automountServiceAccountToken: serviceAccount !== undefined,
          ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
          restartPolicy,
          initContainers,
          securityContext: podSecurity,
          terminationGracePeriodSeconds: gracePeriodSeconds,
          containers: [container],
          volumes,
          ...(nodeSelector ? { nodeSelector } : {}),
        },
      });
    },
    async read(name) {
      const { status, body } = await api.send('GET', `${base}/pods/${name}`);
      return status === 404 ? undefined : podSchema.parse(body);
    },
    async annotate(name, annotations) {
      const type = 'application/merge-patch+json';
      await send(api, 'PATCH', `${base}/pods/${name}`, { metadata: { annotations } }, type);
    },
    async remove(name) {
      await send(api, 'DELETE', `${base}/pods/${name}`);
    },
    async events(name) {
      const { items } = eventsSchema.parse(await send(api, 'GET', `${base}/events`));
      return items.filter(({ involvedObject }) => involvedObject.name === name);
    },
    async delete() {
      await send(api, 'DELETE', `/api/v1/namespaces/${namespace}`);
    },
  };
}
