import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { decodeLabImage } from './memo';

/** Visibility query of all labs' workflows that are not closed. It lags behind by some seconds. */
export const OPEN_LABS = "WorkflowType='lab' AND ExecutionStatus='Running'";

/** Keeps a page, which has the memos, below the 4 MiB of a gRPC message. */
const PAGE_SIZE = 250;

/** Lists the workflows of labs that are not closed, from visibility, page by page. */
export function openLabs({ workflow }: Client): AsyncIterable<WorkflowExecutionInfo> {
  return workflow.list({ query: OPEN_LABS, pageSize: PAGE_SIZE });
}

/** Lists the workflows of labs, also closed ones, whose latest change of status is not older than `sinceMs`. */
export function changedLabs({ workflow }: Client, sinceMs: number): AsyncIterable<WorkflowExecutionInfo> {
  const query = `WorkflowType='lab' AND LabSince >= '${new Date(sinceMs).toISOString()}'`;
  return workflow.list({ query, pageSize: PAGE_SIZE });
}

/** References of the images of all labs that run or start; those that cannot be read are left out. */
export async function openLabImages(client: Client): Promise<ReadonlySet<string>> {
  const images = new Set<string>();
  for await (const { memo } of openLabs(client)) {
    const lab = decodeLabImage(memo);
    if (lab) images.add(lab.image);
  }
  return images;
}
