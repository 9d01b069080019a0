import { createLabObserver } from '../activities/lab-observer';
import { HEARTBEAT_THROTTLE_MS } from '../activities/lease';
import { createWatchActivities } from '../activities/watch/activity';
import { createFileServerSender, fileServerKind } from '../activities/watch/file-server-sink';
import type { WatchedKind } from '../activities/watch/kinds';
import { createLabSender, labKind } from '../activities/watch/lab-sink';
import { createPrepullSender, prepullKind } from '../activities/watch/prepull-sink';
import { createKubernetesClient } from '../kubernetes/client';
import type { ProcessContext } from '../process/context';
import type { Service } from '../process/run';
import { keepUp } from '../process/upkeep';
import { startWorkerService } from '../temporal/worker-service';
import { TASK_QUEUES } from '../workflow-clients/names';
import { ensureWatch, WATCH_WORKFLOW_ID } from '../workflow-clients/watch';

/** Interval of checks that the watch is open. */
const CHECK_MS = 5_000;

/** The kinds of pods that are watched. */
function watchedKinds({
  liveConfig,
  logger,
  metadata,
  prover,
  temporal,
}: ProcessContext): readonly WatchedKind[] {
  const { client } = temporal;
  const observer = createLabObserver(prover, () => liveConfig.current.config.lab.namespacePrefix);
  return [
    labKind({ observer, send: createLabSender(client), logger }),
    fileServerKind({
      namespace: () => {
        const { fileserver } = liveConfig.current.config;
        return fileserver.enabled ? fileserver.namespace : null;
      },
      send: createFileServerSender(client),
      logger,
    }),
    prepullKind({ namespace: metadata.namespace, send: createPrepullSender(client), logger }),
  ];
}

/**
 * Starts a watcher of the pods of all labs, of file servers and of prepulls. Of all watcher processes one watches, the others stand by.
 */
export function startWatcher(context: ProcessContext): Service {
  const { config, logger, temporal } = context;
  const kubernetes = createKubernetesClient({
    kubeconfig: context.kubeconfig,
    requestTimeoutMs: config.timeouts.kubernetesRequestMs,
    onRequest: context.kubernetesMetrics.observe,
  });
  const worker = startWorkerService(
    {
      taskQueue: TASK_QUEUES.watch,
      activities: createWatchActivities({
        kubernetes,
        kinds: watchedKinds(context),
        errorDelayMs: config.timeouts.watchErrorDelayMs,
        reconnectMs: config.watchReconnectTimeoutMs,
        logger,
      }),
      // A watcher that watches asks for no task. If it is stopped, or cut off from Temporal, the next attempt goes to another one
      // at once, and not to the request for tasks that it has left open.
      maxConcurrentActivityTaskExecutions: 1,
      maxConcurrentActivityTaskPolls: 1,
      maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE_MS,
      // The activity never ends by itself: it is cancelled at once, so that another watcher takes over.
      shutdownGraceTime: 0,
    },
    logger,
  );
  const closing = new AbortController();
  const { client } = temporal;
  const upkeep = keepUp(
    [{ name: `workflow ${WATCH_WORKFLOW_ID}`, checkMs: CHECK_MS, ensure: () => ensureWatch(client) }],
    { client, logger, signal: closing.signal },
  );
  return {
    name: 'watcher',
    checks: { watcher: worker.check, temporal: temporal.check },
    metrics: [],
    async close() {
      closing.abort();
      await upkeep.ended;
      await worker.close();
      await kubernetes.close();
    },
    failed: worker.failed,
  };
}
