import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { PulledImage } from '../domain/prepull';
import { PREPULL_WORKFLOW_ID } from './ids';
import { describeLatestRun } from './latest-run';

const pulledImage = z.object({ node: z.string(), digest: z.string() });

/** A memo may be that of a newer version: without it, forms only offer less than there is on nodes. */
const memoSchema = z.object({ pulled: z.array(z.unknown()).catch([]) });

/** How long a node may take to tell that it has got an image. */
const NODE_REPORT_MS = 60_000;

/**
 * Images that nodes have got since a refresh, or lately where none is known, as prepulling has published it. What it
 * published before it ended counts until a refresh has read it from the nodes themselves.
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
