import { temporal } from '@temporalio/proto';
import { hubTaskQueue, TASK_QUEUES } from '../../../workflow-clients/names';
import { type Check, type Finding, failed, ok } from '../check';

const { TaskQueueType } = temporal.api.enums.v1;

const TYPES = {
  workflow: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  activity: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
} as const;

/** A poll lasts a minute at most; Temporal lists pollers for five minutes after their last one. */
const FRESH_MS = 90_000;

/** A task queue that must be polled, and by which process. */
export interface RequiredQueue {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  readonly process: 'worker' | 'watcher';
}

/** The task queues of an installation. */
export function requiredQueues(hasHub: boolean): RequiredQueue[] {
  const { controller, images, watch } = TASK_QUEUES;
  return [
    { name: controller, type: 'workflow', process: 'worker' },
    { name: controller, type: 'activity', process: 'worker' },
    { name: images, type: 'activity', process: 'worker' },
    ...(hasHub ? ([{ name: hubTaskQueue(controller), type: 'activity', process: 'worker' }] as const) : []),
    { name: watch, type: 'activity', process: 'watcher' },
  ];
}

/** A queue with the instants of its pollers' latest polls, in ms. */
export interface QueuePolls extends RequiredQueue {
  readonly polledAtMs: readonly number[];
}

/** Judges which queues are polled. */
export function judgeQueues(queues: readonly QueuePolls[], nowMs: number): Finding {
  const idle = queues.filter(({ polledAtMs }) => !polledAtMs.some((at) => nowMs - at < FRESH_MS));
  if (idle.length === 0) return ok([...new Set(queues.map(({ name }) => name))].join(', '));
  const names = idle.map(({ name, type }) => `${name} (${type})`).join(', ');
  const processes = [...new Set(idle.map(({ process }) => process))];
  return failed(
    `without a poller: ${names}`,
    `Start \`nublado ${processes.join('` and `nublado ')}\`, with the same TEMPORAL_* variables; where their pods run, read ` +
      'their logs.',
  );
}

/** Workers and watchers take part. */
export const taskQueues: Check = {
  name: 'task-queues',
  parts: ['api', 'worker', 'watcher', 'all'],
  needs: 'temporal-namespace',
  asksController: true,
  remedy: 'Check that the credentials may describe task queues of the Temporal namespace.',
  async ask(subject) {
    const { client } = subject.temporal();
    const { connection, options } = client;
    const polls = await connection.withDeadline(Date.now() + subject.remainingMs(), () =>
      Promise.all(
        requiredQueues(subject.config.hub !== null).map(async (queue) => {
          const { pollers } = await connection.workflowService.describeTaskQueue({
            namespace: options.namespace,
            taskQueue: { name: queue.name },
            taskQueueType: TYPES[queue.type],
          });
          const polledAtMs = (pollers ?? []).map(
            ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000,
          );
          return { ...queue, polledAtMs };
        }),
      ),
    );
    return judgeQueues(polls, Date.now());
  },
};
