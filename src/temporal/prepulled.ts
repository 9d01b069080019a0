import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { PulledImage } from '../domain/prepull';
import { PREPULL_WORKFLOW_ID } from './ids';
import { describeLatestRun } from './latest-run';

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
