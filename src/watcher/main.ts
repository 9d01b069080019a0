import { setTimeout as delay } from 'node:timers/promises';
import { createLabObserver } from '../activities/lab-observer';
import { createLabSender } from '../activities/lab-sender';
import { createPrepullSender } from '../activities/prepull-sender';
import { createWatchActivities } from '../activities/watch';
import { createKubernetesClient } from '../kubernetes/client';
import type { ProcessContext } from '../process/context';
import { keepTrying } from '../process/keep-trying';
import type { Service } from '../process/service';
import { TASK_QUEUES, watchWorkflowId } from '../temporal/ids';
import { startWorkerService } from '../temporal/worker-service';

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
        observer: createLabObserver(
          context.prover,
          () => context.liveConfig.current.config.lab.namespacePrefix,
        ),
        send: createLabSender(temporal.client),
        sendPulls: createPrepullSender(temporal.client),
        namespace: context.metadata.namespace,
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
  const watching = keepWatching(context, closing.signal);
  return {
    name: 'watcher',
    checks: { watcher: worker.check, temporal: temporal.check },
    metrics: [],
    async close() {
      closing.abort();
      await watching;
      await worker.close();
      await kubernetes.close();
    },
    failed: worker.failed,
  };
}

/** How soon the watch workflow is started again that Temporal has lost together with its data. */
const CHECK_MS = 10_000;

/** Makes sure that the one watch workflow runs, as soon as Temporal can be reached and until the signal is aborted. */
async function keepWatching({ temporal, logger }: ProcessContext, signal: AbortSignal): Promise<void> {
  const start = async () => {
    await temporal.client.workflow.start('watch', {
      workflowId: watchWorkflowId('labs'),
      taskQueue: TASK_QUEUES.controller,
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: 'Watch of all lab pods',
    });
  };
  while (!signal.aborted) {
    await keepTrying(start, { complaint: 'the watch workflow could not be started yet', logger, signal });
    await delay(CHECK_MS, undefined, { signal }).catch(() => undefined);
  }
}
