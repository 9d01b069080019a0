import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { Config } from '../config/config';
import type { PulledImage } from '../domain/prepull';
import { describeLatestRun, inTime, signalIfOpen } from '../temporal/calls';
import { type PrepullSettings, type PullsWanted, pullsWanted } from '../workflows/prepull/messages';
import { PREPULL_WORKFLOW_ID, TASK_QUEUES } from './names';

/** Keeps a signal below 2 MiB. More than a cluster pulls until the next list, which has the others. */
const MAX_PULLS = 2_000;

const FIRST_RETRY_MS = 60_000;
const MAX_RETRY_MS = 3_600_000;

/** The settings of prepulling by this configuration, with pods in the controller's own namespace. */
export function prepullSettings(
  { images, lab, timeouts }: Pick<Config, 'images' | 'lab' | 'timeouts'>,
  namespace: string,
): PrepullSettings {
  return {
    bound: images.prepullConcurrency,
    timeoutMs: images.prepullTimeoutMs,
    retryMs: FIRST_RETRY_MS,
    maxRetryMs: MAX_RETRY_MS,
    tolerations: lab.tolerations,
    pullSecret: lab.pullSecret,
    namespace,
    imagePullPatienceMs: timeouts.imagePullPatienceMs,
    checkMs: timeouts.spawnCheckMs,
    kubernetesRequestMs: timeouts.kubernetesRequestMs,
  };
}

/**
 * Signals all pulls that nodes lack to the workflow of prepulling, and starts that where it does not run. Without such
 * pulls it is not started.
 */
export async function wantPulls(client: Client, { pulls, settings }: PullsWanted): Promise<void> {
  const wanted = { pulls: pulls.slice(0, MAX_PULLS), settings };
  if (wanted.pulls.length === 0) return signalIfOpen(client, PREPULL_WORKFLOW_ID, pullsWanted, wanted);
  await inTime(client, () =>
    client.workflow.signalWithStart('prepull', {
      workflowId: PREPULL_WORKFLOW_ID,
      taskQueue: TASK_QUEUES.images,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      signal: pullsWanted,
      signalArgs: [wanted],
      staticSummary: 'Prepulling of images',
    }),
  );
}

const pulledImage = z.object({ node: z.string(), digest: z.string() });

/** A memo of a newer version may be unreadable: forms then offer fewer images than nodes have. */
const memoSchema = z.object({ pulled: z.array(z.unknown()).catch([]) });

/** Longest time until a node lists an image that it has pulled. */
const NODE_REPORT_MS = 60_000;

/**
 * Images that were pulled to nodes since a refresh, or recently without one, from the memo of prepulling. The memo of a
 * closed workflow counts until a refresh has read the images from the nodes.
 */
export async function readPulled(
  client: Client,
  refreshedAt: string | null,
): Promise<readonly PulledImage[]> {
  const description = await describeLatestRun(client, PREPULL_WORKFLOW_ID);
  if (!description) return [];
  const { memo, closeTime } = description;
  const isOnNodes =
    closeTime !== undefined &&
    refreshedAt !== null &&
    closeTime.getTime() + NODE_REPORT_MS < Date.parse(refreshedAt);
  if (isOnNodes) return [];
  const { pulled } = memoSchema.parse(memo ?? {});
  return pulled.flatMap((image) => pulledImage.safeParse(image).data ?? []);
}
