import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerOptions, WorkerTuner } from '@temporalio/worker';
import { createConfigurations } from '../activities/configurations';
import { createFileServerActivities } from '../activities/file-server';
import { fileServerRegister } from '../activities/file-server-register';
import { createFsadminActivities } from '../activities/fsadmin';
import { createHubActivities } from '../activities/hub';
import { createImageActivities } from '../activities/images';
import { createActivityInterceptor } from '../activities/interceptor';
import { createLabActivities } from '../activities/lab';
import { createLabObserver } from '../activities/lab-observer';
import { labRegister } from '../activities/lab-register';
import { HEARTBEAT_THROTTLE_MS, HoldUps } from '../activities/lease';
import { createPrepullActivities } from '../activities/prepull';
import { createReconcileActivities } from '../activities/reconcile';
import { createFileServerReconcileActivities } from '../activities/reconcile-file-servers';
import { createSecretSource } from '../activities/secret-source';
import { createDiscoveryClient } from '../discovery/repertoire';
import { createKubernetesClient } from '../kubernetes/client';
import { coreCollection } from '../kubernetes/references';
import type { ProcessContext } from '../process/context';
import { outgoingOf } from '../process/outgoing';
import type { Service } from '../process/run';
import { keepUp } from '../process/upkeep';
import { repositories } from '../registry/image-repository';
import { inTime } from '../temporal/calls';
import { startWorkerService } from '../temporal/worker-service';
import { workflowTaskSlots } from '../temporal/workflow-task-slots';
import { publishCatalogue, readCatalogue } from '../workflow-clients/catalogue';
import { openLabImages } from '../workflow-clients/lab/executions';
import { hubTaskQueue, TASK_QUEUES } from '../workflow-clients/names';
import { prepullSettings, wantPulls } from '../workflow-clients/prepull';
import { publishOutcome, readReconciliation } from '../workflow-clients/reconciliation-record';
import { ensuredByWorker } from './ensured';
import { createWorkerMetrics } from './metrics';

/** Share of the shutdown time for running activities; the rest is for reporting their results. */
const GRACE_SHARE = 2 / 3;

const BYTES_PER_GIB = 2 ** 30;
const CACHED_WORKFLOWS_PER_GIB = 1_000;

/**
 * Autoscaling alone reduces pollers to one while labs are idle, and increases them too slowly: with 300 labs that end
 * within a minute their workflow tasks then wait for seconds.
 */
const WORKFLOW_TASK_POLLERS = 10;

/**
 * Numbers of tasks at once of the workflows of labs and file servers. The first workflow task of a lab includes the
 * creation of its objects, whose requests must be answered before the task times out.
 */
const TASKS: WorkerTuner = {
  workflowTaskSlotSupplier: workflowTaskSlots({ cached: 40, uncached: 16 }),
  activityTaskSlotSupplier: { type: 'fixed-size', numSlots: 200 },
  localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 100 },
  nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
};

/** Prepulling is one workflow with few concurrent activities. */
const IMAGES = { maxCachedWorkflows: 10, maxConcurrentActivityTaskExecutions: 50 };

/**
 * How long a workflow task waits for the worker that has the workflow in its cache before every worker may take it: the
 * delay of the next step after that worker was killed. Temporal's default is 10 s.
 */
const STICKY_TIMEOUT_MS = 2_500;

/** Limits concurrent requests to the hub when many labs end together. */
const HUB = { maxConcurrentActivityTaskExecutions: 20 };

/** Runs the workflows of labs and file servers, reconciliation and prepulling, and their Kubernetes activities. */
export function startWorker(context: ProcessContext): Service {
  const { config, logger, temporal } = context;
  const kubernetes = createKubernetesClient({
    kubeconfig: context.kubeconfig,
    requestTimeoutMs: config.timeouts.kubernetesRequestMs,
    onRequest: context.kubernetesMetrics.observe,
  });
  const { repertoireBaseUrl, timeouts } = config;
  const outgoing = outgoingOf(config);
  const discovery =
    repertoireBaseUrl === null
      ? null
      : createDiscoveryClient({
          repertoireBaseUrl,
          discoveryCacheMs: timeouts.discoveryCacheMs,
          timeoutMs: timeouts.httpClientMs,
          fetch: outgoing.services,
        });
  const metrics = createWorkerMetrics(temporal.client);
  const { onDecision, onHubNotification } = metrics;
  const { liveConfig } = context;
  const { prover } = context;
  const observer = createLabObserver(prover, () => liveConfig.current.config.lab.namespacePrefix);
  const settings = () => ({ ...liveConfig.current.config, hub: config.hub });
  const register = labRegister(temporal.client, settings, prover);
  const holdUps = new HoldUps();
  const configurations = createConfigurations(() => liveConfig.current, context.sealer);
  const common = {
    ...workflowCode(),
    shutdownGraceTime: config.timeouts.shutdownMs * GRACE_SHARE,
    interceptors: { activity: [createActivityInterceptor(holdUps)] },
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE_MS,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT_MS,
  };
  const worker = startWorkerService(
    {
      ...common,
      taskQueue: TASK_QUEUES.controller,
      activities: {
        ...createLabActivities({
          kubernetes,
          observer,
          prover,
          sealer: context.sealer,
          configurations,
          discovery,
          secrets: createSecretSource(kubernetes, context.metadata.namespace),
        }),
        ...createFileServerActivities({ kubernetes, sealer: context.sealer, configurations }),
        ...createFsadminActivities({
          kubernetes,
          sealer: context.sealer,
          configurations,
          podName: () => liveConfig.current.config.fsadmin.podName,
          namespace: context.metadata.namespace,
        }),
        ...createReconcileActivities({
          config: () => liveConfig.current.config,
          kubernetes,
          observer,
          register,
          record: {
            read: () => inTime(temporal.client, () => readReconciliation(temporal.client)),
            publish: (unsettled, pass) =>
              inTime(temporal.client, () => publishOutcome(temporal.client, { unsettled }, pass)),
          },
          logger,
          onDecision,
        }),
        ...createFileServerReconcileActivities({
          config: () => ({ fileserver: config.fileserver, timeouts: liveConfig.current.config.timeouts }),
          kubernetes,
          register: fileServerRegister(temporal.client),
          logger,
          onDecision,
        }),
      },
      maxCachedWorkflows: cachedWorkflows(),
      tuner: TASKS,
      workflowTaskPollerBehavior: {
        type: 'autoscaling',
        minimum: WORKFLOW_TASK_POLLERS,
        initial: WORKFLOW_TASK_POLLERS,
      },
      activityTaskPollerBehavior: { type: 'autoscaling' },
    },
    logger,
  );
  const images = startWorkerService(
    {
      ...common,
      ...IMAGES,
      taskQueue: TASK_QUEUES.images,
      activities: {
        ...createPrepullActivities({ kubernetes }),
        ...createImageActivities({
          config: () => liveConfig.current.config,
          kubernetes,
          repositoryOf: repositories(logger, outgoing.registries),
          labImages: () => inTime(temporal.client, () => openLabImages(temporal.client)),
          readCatalogue: () => inTime(temporal.client, () => readCatalogue(temporal.client)),
          publish: (refresh, before) =>
            inTime(temporal.client, () => publishCatalogue(temporal.client, refresh, before)),
          wantPulls: (pulls, present) => {
            const settings = prepullSettings(present, context.metadata.namespace);
            return wantPulls(temporal.client, { pulls, settings });
          },
          logger,
        }),
      },
    },
    logger,
  );
  const { hub: hubSettings } = config;
  const hub =
    hubSettings &&
    startWorkerService(
      {
        ...HUB,
        shutdownGraceTime: common.shutdownGraceTime,
        interceptors: common.interceptors,
        maxHeartbeatThrottleInterval: common.maxHeartbeatThrottleInterval,
        taskQueue: hubTaskQueue(TASK_QUEUES.controller),
        activities: createHubActivities({ hub: hubSettings, onHubNotification, fetch: outgoing.services }),
      },
      logger,
    );
  const closing = new AbortController();
  const upkeep = keepUp(ensuredByWorker(context), {
    client: temporal.client,
    logger,
    signal: closing.signal,
  });
  liveConfig.onChange(() => upkeep.checkNow());
  return {
    name: 'worker',
    checks: {
      worker: worker.check,
      images: images.check,
      ...(hub && { hub: hub.check }),
      temporal: temporal.check,
      kubernetes: async () => void (await kubernetes.list(coreCollection('Namespace'), { limit: 1 })),
    },
    metrics: [metrics.registry],
    async close() {
      closing.abort();
      await Promise.all([upkeep.ended, worker.close(), images.close(), hub?.close()]);
      holdUps.close();
      await kubernetes.close();
    },
    failed: Promise.race([worker.failed, images.failed, ...(hub ? [hub.failed] : [])]),
  };
}

/** The prebuilt bundle; from source, the workflows are bundled at start. */
function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = join(__dirname, '../workflows.js');
  return existsSync(codePath)
    ? { workflowBundle: { codePath } }
    : { workflowsPath: require.resolve('../workflows/index') };
}

/** Limited by the memory of the container, which the SDK's default ignores. */
function cachedWorkflows(): number {
  const gib = process.constrainedMemory() / BYTES_PER_GIB;
  return Math.max(200, Math.min(5_000, Math.round(gib * CACHED_WORKFLOWS_PER_GIB)));
}
