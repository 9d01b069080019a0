import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import type { PulledImage } from '../domain/pull';
import { PREPULL_WORKFLOW_ID } from './ids';

const memoSchema = z.object({
  pulled: z.array(z.object({ node: z.string(), digest: z.string() })).optional(),
});

/**
 * Images that nodes have got since a refresh, or lately where none is known, as prepulling has published it. What it
 * published before it ended counts until the next refresh, which has read the nodes themselves.
 */
export async function readPulled(
  client: Client,
  refreshedAt: string | null,
): Promise<readonly PulledImage[]> {
  try {
    const { memo, closeTime } = await client.workflow.getHandle(PREPULL_WORKFLOW_ID).describe();
    const isKnownSince = closeTime !== undefined && closeTime.toISOString() < (refreshedAt ?? '');
    return isKnownSince ? [] : (memoSchema.parse(memo ?? {}).pulled ?? []);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return [];
  }
}
