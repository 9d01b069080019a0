import { randomBytes } from 'node:crypto';
import type { V1Pod } from '@kubernetes/client-node';
import { defaultPayloadConverter } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createWatchActivities } from '../../src/activities/watch/activity';
import { createLabSender, labKind } from '../../src/activities/watch/lab-sink';
import { createPrepullSender, prepullKind } from '../../src/activities/watch/prepull-sink';
import type { PodNews } from '../../src/domain/pod-change';
import { createKubernetesClient, type KubernetesClient } from '../../src/kubernetes/client';
import { labMetadata } from '../../src/objects/lab/metadata';
import { objectMetadata } from '../../src/objects/labels';
import { keepUp } from '../../src/process/upkeep';
import { createWorkerMetrics } from '../../src/worker/metrics';
import { labStart } from '../../src/workflow-clients/lab/executions';
import { TASK_QUEUES, watchWorkflowId } from '../../src/workflow-clients/names';
import { ensureWatch } from '../../src/workflow-clients/watch';
import { coreApi } from '../support/core-api';
import { eventually } from '../support/eventually';
import { type OwnNamespace, ownNamespace } from '../support/own-namespace';
import { quietenRuntime } from '../support/quiet-runtime';
import { aRecord } from '../support/record-builder';
import { observer } from '../support/sealing';
import { theStack } from '../support/stack';
import { workflowBundle } from '../support/workflow-bundle';

/** The watch workflow with real watchers on the stack's API server; no worker runs the labs' workflows. */

const suffix = randomBytes(4).toString('hex');
const kubernetesNamespace = `watch-${suffix}`;

/** A watcher process: a worker for the queue `watch` with connections of its own. */
interface Watcher {
  /** Verb and resource of all requests answered so far, such as `watch pods`. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

const core = coreApi(theStack().kubernetes.adminKubeconfig);
let temporal: OwnNamespace;
let cluster: KubernetesClient;
let controller: { stop(): Promise<void> };
const watchers: Watcher[] = [];

beforeAll(async () => {
  quietenRuntime();
  temporal = await ownNamespace(theStack().temporal.address);
  cluster = createKubernetesClient({
    kubeconfig: theStack().kubernetes.adminKubeconfig,
    requestTimeoutMs: 10_000,
  });
  await core.createNamespace({ body: { metadata: { name: kubernetesNamespace } } });
  await eventually(
    () => core.listNamespacedServiceAccount({ namespace: kubernetesNamespace }),
    ({ items }) => items.length > 0,
  );
  controller = await startWorker({
    taskQueue: TASK_QUEUES.controller,
    workflowBundle: await workflowBundle(),
  });
  await temporal.client.workflow.start('watch', {
    workflowId: watchWorkflowId('labs'),
    taskQueue: TASK_QUEUES.controller,
  });
});

afterAll(async () => {
  await temporal.client.workflow.getHandle(watchWorkflowId('labs')).terminate();
  await Promise.all(watchers.map((watcher) => watcher.stop()));
  await controller.stop();
  await core.deleteNamespace({ name: kubernetesNamespace });
  await cluster.close();
  await temporal.connection.close();
});

type WorkerSettings = Omit<Parameters<typeof Worker.create>[0], 'connection' | 'namespace'>;

async function startWorker(settings: WorkerSettings): Promise<{ stop(): Promise<void> }> {
  const connection = await NativeConnection.connect({ address: theStack().temporal.address });
  const worker = await Worker.create({ connection, namespace: temporal.name, ...settings });
  const running = worker.run();
  return {
    async stop() {
      if (worker.getState() !== 'RUNNING') return;
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}

async function startWatcher(): Promise<Watcher> {
  const requests: string[] = [];
  const kubernetes = createKubernetesClient({
    kubeconfig: theStack().kubernetes.controllerKubeconfig,
    requestTimeoutMs: 10_000,
    onRequest: ({ verb, resource }) => requests.push(`${verb} ${resource}`),
  });
  const logger = pino({ level: 'silent' });
  const namespace = theStack().kubernetes.controllerNamespace;
  const worker = await startWorker({
    taskQueue: TASK_QUEUES.watch,
    activities: createWatchActivities({
      kubernetes,
      kinds: [
        labKind({ observer, send: createLabSender(temporal.client), logger }),
        prepullKind({ namespace, send: createPrepullSender(temporal.client), logger }),
      ],
      errorDelayMs: 500,
      reconnectMs: 180_000,
      logger,
    }),
  });
  const watcher = {
    requests,
    async stop() {
      await worker.stop();
      await kubernetes.close();
    },
  };
  watchers.push(watcher);
  return watcher;
}

async function watches({ requests }: Watcher): Promise<void> {
  await eventually(
    async () => requests.filter((request) => request.startsWith('watch')).toSorted(),
    (watches) => watches.length === 2,
  );
}

/** Waits until a successor would resume behind a version of the pods. */
async function checkpointBehind(version: bigint): Promise<void> {
  const handle = temporal.client.workflow.getHandle(watchWorkflowId('labs'));
  const look = async (): Promise<bigint> => {
    const { raw } = await handle.describe();
    const payload = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
    return BigInt((payload && defaultPayloadConverter.fromPayload<{ pods?: string }>(payload).pods) ?? 0);
  };
  await eventually(
    async () => String(await look()),
    (seen) => BigInt(seen) >= version,
  );
}

/** A lab whose workflow takes signals and does nothing. */
async function aLab(name: string) {
  const username = `${name}-${suffix}`;
  const start = labStart(aRecord(username));
  const handle = await temporal.client.workflow.start('lab', { ...start, taskQueue: 'nobody' });
  const podName = `${username}-nb`;
  const pod = { name: podName, namespace: kubernetesNamespace };
  return {
    async createPod(): Promise<void> {
      const identity = { username, operationId: `spawn-${name}`, application: null, labels: {} };
      const body: V1Pod = {
        metadata: objectMetadata(labMetadata(identity), podName, kubernetesNamespace),
        spec: {
          automountServiceAccountToken: false,
          containers: [{ name: 'notebook', image: 'registry.example.com/lab:w_2077_46' }],
        },
      };
      await core.createNamespacedPod({ namespace: kubernetesNamespace, body });
      await eventually(
        () => core.readNamespacedPod(pod),
        ({ status }) => status?.phase === 'Running',
      );
    },
    async podVersion(): Promise<bigint> {
      const { metadata } = await core.readNamespacedPod(pod);
      return BigInt(metadata?.resourceVersion ?? 0);
    },
    async deletePod(): Promise<void> {
      await core.deleteNamespacedPod({ ...pod, gracePeriodSeconds: 0 });
    },
    /** What the lab has been told, as `Running`, `gone` or an event’s reason. */
    async told(): Promise<string[]> {
      const { events } = await handle.fetchHistory();
      return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
        const payload = signal?.input?.payloads?.[0];
        if (!payload) return [];
        const news = defaultPayloadConverter.fromPayload<PodNews>(payload);
        const states = news.changes.map(({ pod }) =>
          pod ? pod.phase + (pod.isDeleting ? ' deleting' : '') : 'gone',
        );
        return [...news.events.map(({ reason }) => reason), ...states];
      });
    },
    /** Waits until the lab has been told something, and gives all that it was told. */
    async untilTold(what: string): Promise<string[]> {
      return eventually(
        () => this.told(),
        (told) => told.includes(what),
      );
    },
  };
}

test('one watcher watches at a time; its successor misses nothing and repeats nothing', async () => {
  const first = await startWatcher();
  await watches(first);
  const second = await startWatcher();
  const [early, late] = [await aLab('early'), await aLab('late')];
  await early.createPod();
  await early.untilTold('Running');
  await checkpointBehind(await early.podVersion());
  expect(second.requests).toEqual([]);

  await first.stop();
  // No watcher runs now.
  await late.createPod();
  await early.deletePod();
  await watches(second);

  expect((await late.untilTold('Running')).filter((what) => what === 'Running')).toHaveLength(1);
  const whole = await early.untilTold('gone');
  expect(whole.filter((what) => what === 'Running')).toHaveLength(1);
  expect(first.requests.filter((request) => request.startsWith('watch')).toSorted()).toEqual([
    'watch events',
    'watch pods',
  ]);
});

test('events of a starting pod reach its lab, and pods without a workflow disturb nothing', async () => {
  const stranger = { name: 'stranger', namespace: kubernetesNamespace };
  await core.createNamespacedPod({
    namespace: kubernetesNamespace,
    body: {
      metadata: { ...stranger },
      spec: { automountServiceAccountToken: false, containers: [{ name: 'x', image: 'x' }] },
    },
  });
  const lab = await aLab('eventful');
  await lab.createPod();
  const told = await lab.untilTold('Running');

  expect(told.indexOf('Scheduled')).toBeLessThan(told.indexOf('Running'));
});

/** What a worker publishes of the watch: seconds since its last checkpoint. */
function checkpointAge(): () => Promise<number> {
  const { registry } = createWorkerMetrics(temporal.client);
  return async () => {
    const metric = await registry.getSingleMetric('nublado_watch_checkpoint_age_seconds')?.get();
    return metric?.values[0]?.value ?? Number.NaN;
  };
}

test('the age of the last checkpoint grows while nothing watches, is kept by a new run, and falls', async () => {
  const age = checkpointAge();
  await Promise.all(watchers.map((watcher) => watcher.stop()));
  const working = await startWatcher();
  await watches(working);
  await eventually(age, (seconds) => seconds < 4);
  await working.stop();
  const stopped = await age();
  await eventually(age, (seconds) => seconds > stopped + 2);
  const handle = temporal.client.workflow.getHandle(watchWorkflowId('labs'));
  const { runId } = await handle.describe();
  const closing = new AbortController();
  const upkeep = keepUp([{ name: 'watch', checkMs: 100, ensure: () => ensureWatch(temporal.client) }], {
    client: temporal.client,
    logger: pino({ level: 'silent' }),
    signal: closing.signal,
  });
  await handle.terminate();
  await eventually(
    () => handle.describe(),
    (description) => description.runId !== runId && description.status.name === 'RUNNING',
  );
  const restarted = await age();
  expect(restarted).toBeGreaterThan(stopped + 2);
  await startWatcher();

  await eventually(age, (seconds) => seconds < restarted);
  closing.abort();
  await upkeep.ended;
});

test.each(['terminated', 'timed out', 'never started'])(
  'a watch that was %s is started once',
  async (how) => {
    const { client, connection } = await ownNamespace(theStack().temporal.address);
    const handle = client.workflow.getHandle(watchWorkflowId('labs'));
    if (how === 'terminated') {
      await ensureWatch(client);
      await handle.terminate();
    }
    if (how === 'timed out') {
      const options = { workflowId: watchWorkflowId('labs'), taskQueue: TASK_QUEUES.controller };
      await client.workflow.start('watch', { ...options, workflowRunTimeout: '1s' });
      await eventually(
        () => handle.describe(),
        ({ status }) => status.name === 'TIMED_OUT',
      );
    }
    const made = await Promise.all([ensureWatch(client), ensureWatch(client)]);

    expect(made).toContain(true);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    expect(await ensureWatch(client)).toBe(false);
    await handle.terminate();
    await connection.close();
  },
);
