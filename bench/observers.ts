import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { tsToMs } from '@temporalio/common/lib/time';
import { temporal as proto } from '@temporalio/proto';
import { z } from 'zod';
import { labWorkflowId, USER_LABEL } from '../src/domain/lab-key';
import { CATEGORY_LABEL, LAB_SELECTOR, SPAWN_ID_LABEL } from '../src/objects/labels';
import { WATCH_WORKFLOW_ID } from '../src/workflow-clients/watch';
import type { KubernetesApi } from '../stack/kubernetes-api';
import type { ApiFact, ContentFact, Facts, NamespaceFact, PodFact, WorkflowFact } from './checker';
import type { LabClient } from './lab-client';

const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

const metadataSchema = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  labels: z.record(z.string(), z.string()).default({}),
  deletionTimestamp: z.string().optional(),
});

const objectsSchema = listOf(
  z.object({
    metadata: metadataSchema,
    status: z.object({ phase: z.string().optional() }).optional(),
  }),
);

type HistoryEvent = proto.api.history.v1.IHistoryEvent;

const { PENDING_ACTIVITY_STATE_STARTED } = proto.api.enums.v1.PendingActivityState;

/** What Kubernetes, Temporal and the API say at this moment; the part of `Facts` that can be asked for. */
export type ObservedFacts = Pick<Facts, 'namespaces' | 'pods' | 'contents' | 'workflows' | 'api'>;

/** The watcher that Temporal has given the watch to. */
export interface ActiveWatcher {
  readonly pid: number;
  readonly attempt: number;
}

/** Those who are asked, independently of each other and of the controller's code. */
export interface Observers {
  /** About all labs; the API is asked about `usernames` and the users that the other two report. */
  ask(usernames: readonly string[]): Promise<ObservedFacts>;
  /** The history of the user's latest workflow run as JSON, for finding out what went wrong. */
  historyOf(username: string): Promise<string>;
  /** When Temporal recorded that a step of the user's latest lab was lost, in milliseconds since the epoch. */
  lossesOf(username: string): Promise<readonly number[]>;
  /** Process ID of the watcher that watches, and the number of its attempt; null while Temporal has none. */
  activeWatcher(): Promise<ActiveWatcher | null>;
  close(): Promise<void>;
}

/** Connects to all three; Kubernetes is asked as administrator. */
export async function connectObservers(
  temporal: { readonly address: string; readonly namespace: string },
  cluster: KubernetesApi,
  client: LabClient,
): Promise<Observers> {
  const connection = await Connection.connect({ address: temporal.address });
  const workflows = new Client({ connection, namespace: temporal.namespace }).workflow;
  return {
    async ask(usernames) {
      const [namespaces, pods, contents, open] = await Promise.all([
        namespacesOf(cluster),
        podsOf(cluster),
        contentsOf(cluster),
        openWorkflows(workflows),
      ]);
      const all = new Set([...usernames, ...[...namespaces, ...open].map(({ username }) => username)]);
      const api = await Promise.all([...all].map((username) => apiFact(client, username)));
      return { namespaces, pods, contents, workflows: open, api };
    },
    async historyOf(username) {
      const history = await workflows.getHandle(labWorkflowId(username)).fetchHistory();
      return JSON.stringify(historyToJSON(history), null, 1);
    },
    async lossesOf(username) {
      const { events } = await workflows.getHandle(labWorkflowId(username)).fetchHistory();
      return (events ?? []).filter(isLoss).map(({ eventTime }) => tsToMs(eventTime));
    },
    async activeWatcher() {
      const { raw } = await workflows.getHandle(WATCH_WORKFLOW_ID).describe();
      const { attempt, lastWorkerIdentity, state } = raw.pendingActivities?.[0] ?? {};
      // Workers identify themselves as `<process ID>@<machine>`.
      const pid = Number.parseInt(lastWorkerIdentity ?? '', 10);
      return state === PENDING_ACTIVITY_STATE_STARTED && pid > 0 ? { pid, attempt: attempt ?? 0 } : null;
    },
    close: () => connection.close(),
  };
}

/** A workflow task that was not taken or not done in time, or the attempt of an activity after one that was lost. */
function isLoss({
  workflowTaskTimedOutEventAttributes,
  activityTaskStartedEventAttributes,
}: HistoryEvent): boolean {
  const { attempt, lastFailure } = activityTaskStartedEventAttributes ?? {};
  return (
    Boolean(workflowTaskTimedOutEventAttributes) ||
    ((attempt ?? 1) > 1 && Boolean(lastFailure?.timeoutFailureInfo))
  );
}

async function namespacesOf(cluster: KubernetesApi): Promise<NamespaceFact[]> {
  return (await list(cluster, '/api/v1/namespaces')).map(({ metadata: { name, labels, ...rest } }) => ({
    name,
    username: labels[USER_LABEL] ?? '',
    spawnId: labels[SPAWN_ID_LABEL] ?? null,
    isDeleting: rest.deletionTimestamp !== undefined,
  }));
}

async function podsOf(cluster: KubernetesApi): Promise<PodFact[]> {
  return (await list(cluster, '/api/v1/pods')).map(({ metadata: { name, namespace, labels }, status }) => ({
    name,
    namespace,
    username: labels[USER_LABEL] ?? '',
    spawnId: labels[SPAWN_ID_LABEL] ?? null,
    isRunning: status?.phase === 'Running',
  }));
}

/** The kinds that labs' namespaces hold besides pods, by the paths that list them everywhere. */
const CONTENTS: Readonly<Record<string, string>> = {
  ConfigMap: '/api/v1/configmaps',
  NetworkPolicy: '/apis/networking.k8s.io/v1/networkpolicies',
  PersistentVolumeClaim: '/api/v1/persistentvolumeclaims',
  ResourceQuota: '/api/v1/resourcequotas',
  Secret: '/api/v1/secrets',
};

async function contentsOf(cluster: KubernetesApi): Promise<ContentFact[]> {
  const lists = Object.entries(CONTENTS).map(async ([kind, path]) =>
    (await list(cluster, path)).map(({ metadata: { name, namespace, labels } }) => ({
      kind,
      name,
      namespace,
      username: labels[USER_LABEL] ?? '',
      spawnId: labels[SPAWN_ID_LABEL] ?? null,
    })),
  );
  return (await Promise.all(lists)).flat();
}

async function list(cluster: KubernetesApi, path: string) {
  const selector = encodeURIComponent(LAB_SELECTOR);
  const { status, body } = await cluster.send('GET', `${path}?labelSelector=${selector}`);
  if (status !== 200) throw new Error(`${status} for ${path}`);
  return objectsSchema.parse(body).items.filter(({ metadata }) => metadata.labels[CATEGORY_LABEL] === 'lab');
}

const recordSchema = z.object({ status: z.string().nullable() });

async function openWorkflows(workflows: Client['workflow']): Promise<WorkflowFact[]> {
  const found: WorkflowFact[] = [];
  const query = "WorkflowType='lab' AND ExecutionStatus='Running'";
  for await (const { workflowId, memo } of workflows.list({ query })) {
    const record = recordSchema.safeParse(memo?.['lab']);
    found.push({ username: workflowId.replace(/^lab-/, ''), status: record.data?.status ?? null });
  }
  return found;
}

async function apiFact(client: LabClient, username: string): Promise<ApiFact> {
  const lab = await client.read(username);
  return { username, status: lab?.status ?? null, reason: lab?.failure?.reason ?? null };
}
