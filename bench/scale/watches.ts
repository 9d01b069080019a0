import { setTimeout as delay } from 'node:timers/promises';
import { createKubernetesClient } from '../../src/kubernetes/client';
import { type KubernetesApi, kubernetesApi } from '../../stack/kubernetes-api';
import { startStack } from '../../stack/start';
import { burst } from '../burst';
import type { Figures } from '../figures';
import { cpuTimes, openWatches, residentMemory } from '../meters';
import { markdown } from '../tables';
import { addUnrelated, unrelatedPod } from './unrelated';

/** One way to follow the pods of many labs, and what it costs the API server. */
export interface WatchFigures {
  readonly way: string;
  /** `watches`, `openMs` of processor time, `memoryMiB` more, `idlePercent` of a core, `changeMs` per change of a pod. */
  readonly figures: Figures;
}

/** A watch of a collection. */
interface Target {
  readonly path: string;
  readonly query: { readonly labelSelector?: string; readonly fieldSelector?: string };
}

const CHANGES = 500;
const WIDTH = 10;
const LIMIT_MS = 60_000;
const IDLE_MS = 20_000;
const SETTLE_MS = 3_000;

const SELECTOR = 'app.kubernetes.io/name=service';

/** Compares one watch of all pods with one for each of `count` pods, on a stack of its own. */
export async function measureWatches(count: number, say: (line: string) => void): Promise<WatchFigures[]> {
  const closing: (() => unknown)[] = [];
  try {
    const stack = await startStack({ name: `watches-${process.pid}`, progress: say });
    closing.push(() => stack.stop());
    const cluster = kubernetesApi(stack.kubernetes.adminKubeconfig);
    closing.push(() => cluster.close());
    await addUnrelated(stack, cluster, { pods: count, events: count });
    const pods = Array.from({ length: count }, (_, index) => unrelatedPod(index));
    const each = (kind: 'pods' | 'events', field: string): Target[] =>
      pods.map(({ namespace, name }) => ({
        path: `/api/v1/namespaces/${namespace}/${kind}`,
        query: { fieldSelector: `${field}=${name}` },
      }));
    const ways: Readonly<Record<string, readonly Target[]>> = {
      none: [],
      'one of all pods, by label': [{ path: '/api/v1/pods', query: { labelSelector: SELECTOR } }],
      'one for each pod': each('pods', 'metadata.name'),
      'one for each pod, and one for its events': [
        ...each('pods', 'metadata.name'),
        ...each('events', 'involvedObject.name'),
      ],
    };
    const { adminKubeconfig } = stack.kubernetes;
    const pids = { api: stack.pids['kube-apiserver'] ?? 0, etcd: stack.pids['etcd'] ?? 0 };
    // What the first requests cost is not to count for the first way.
    await change(cluster, pods);
    const measured: WatchFigures[] = [];
    for (const [way, targets] of Object.entries(ways)) {
      say(way);
      measured.push({ way, figures: await measureWay({ adminKubeconfig, cluster, pids, pods, targets }) });
    }
    return measured;
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

type Pod = ReturnType<typeof unrelatedPod>;

async function measureWay({
  adminKubeconfig,
  cluster,
  pids,
  pods,
  targets,
}: {
  readonly adminKubeconfig: string;
  readonly cluster: KubernetesApi;
  readonly pids: Readonly<Record<'api' | 'etcd', number>>;
  readonly pods: readonly Pod[];
  readonly targets: readonly Target[];
}): Promise<Figures> {
  const busy = () => Object.values(cpuTimes(pids)).reduce((sum, time) => sum + time, 0);
  const memory = () => Object.values(residentMemory(pids)).reduce((sum, size) => sum + size, 0);
  const kubernetes = createKubernetesClient({
    kubeconfig: adminKubeconfig,
    requestTimeoutMs: LIMIT_MS,
    connections: targets.length + 1,
  });
  const stopped = new AbortController();
  try {
    const [watchesBefore, memoryBefore, beforeOpen] = [await openWatches(cluster), memory(), busy()];
    const watching = targets.map((target) => follow(kubernetes, target, stopped.signal));
    const deadline = performance.now() + LIMIT_MS;
    while ((await openWatches(cluster)) < watchesBefore + targets.length && performance.now() < deadline) {
      await delay(SETTLE_MS);
    }
    await delay(SETTLE_MS);
    const afterOpen = busy();
    await delay(IDLE_MS);
    const idle = busy() - afterOpen;
    const memoryMiB = memory() - memoryBefore;
    const watches = (await openWatches(cluster)) - watchesBefore;
    const beforeChanges = busy();
    await change(cluster, pods);
    const changeMs = (busy() - beforeChanges) / CHANGES;
    stopped.abort();
    await Promise.all(watching);
    return {
      watches,
      openMs: afterOpen - beforeOpen,
      memoryMiB,
      idlePercent: (idle / IDLE_MS) * 100,
      changeMs,
    };
  } finally {
    await kubernetes.close();
    await delay(SETTLE_MS);
  }
}

async function follow(
  kubernetes: ReturnType<typeof createKubernetesClient>,
  { path, query }: Target,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const { type } of kubernetes.watch({ path, query: { ...query, timeoutSeconds: 600 }, signal }))
      void type;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Changes pods one after the other, some at a time. */
async function change(cluster: KubernetesApi, pods: readonly Pod[]): Promise<void> {
  const numbers = Array.from({ length: CHANGES }, (_, index) => index);
  const changed = await burst(
    numbers,
    LIMIT_MS,
    async (number) => {
      const { namespace, name } = pods[number % pods.length] ?? unrelatedPod(0);
      const annotations = { changed: `${performance.now()}` };
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      const { status } = await cluster.send(
        'PATCH',
        path,
        { metadata: { annotations } },
        'application/merge-patch+json',
      );
      if (status !== 200) throw new Error(`${status} for ${path}`);
    },
    WIDTH,
  );
  for (const outcome of changed.outcomes) if (!outcome.ok) throw outcome.error;
}

/** The figures as a Markdown table. */
export function watchTable(measured: readonly WatchFigures[]): string {
  const columns = [
    ['watches', 'watches', 0],
    ['to open, ms', 'openMs', 0],
    ['memory, MiB', 'memoryMiB', 0],
    ['idle, % of a core', 'idlePercent', 1],
    ['change of a pod, ms', 'changeMs', 2],
  ] as const;
  return markdown(
    'What watches cost the API server and etcd',
    ['way', ...columns.map(([heading]) => heading)],
    measured.map(({ way, figures }) => [
      way,
      ...columns.map(([, name, digits]) => (figures[name] ?? Number.NaN).toFixed(digits)),
    ]),
  );
}
