import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import type { PulledImage } from '../domain/prepull';
import { PREPULL_WORKFLOW_ID } from './ids';

const memoSchema = z.object({
  pulled: z.array(z.object({ node: z.string(), digest: z.string() })).optional(),
});

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
  try {
    const { memo, closeTime } = await client.workflow.getHandle(PREPULL_WORKFLOW_ID).describe();
    const isOnNodes =
      closeTime !== undefined &&
      refreshedAt !== null &&
      closeTime.getTime() + NODE_REPORT_MS < Date.parse(refreshedAt);
    return isOnNodes ? [] : (memoSchema.parse(memo ?? {}).pulled ?? []);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return [];
  }
}
