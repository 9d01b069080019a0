import { createLabObserver } from '../activities/lab-observer';
import { createWatchActivities } from '../activities/watch/activity';
import type { WatchedKind } from '../activities/watch/kinds';
import { createLabSender, labKind } from '../activities/watch/lab-sink';
import { createPrepullSender, prepullKind } from '../activities/watch/prepull-sink';
import { createKubernetesClient } from '../kubernetes/client';
import type { ProcessContext } from '../process/context';
import type { Service } from '../process/service';
import { keepUp } from '../process/upkeep';
import { startWorkerService } from '../temporal/worker-service';
import { TASK_QUEUES } from '../workflow-clients/ids';
import { ensureWatch, WATCH_WORKFLOW_ID } from '../workflow-clients/watch';

/** How soon a watch that was ended is started again. */
const CHECK_MS = 5_000;

/** What is watched. A further kind of pods is a further row. */
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
    prepullKind({ namespace: metadata.namespace, send: createPrepullSender(client), logger }),
  ];
}

/** Stands ready to watch the pods of all labs, and those that pull images; of all watcher processes one does, the others wait. */
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
      maxConcurrentActivityTaskExecutions: 5,
      // The activity never ends by itself: cancelled at once, it hands over to another watcher.
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
