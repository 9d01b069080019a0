import type { Client } from '@temporalio/client';

/** Visibility query of all labs' workflows that are not closed. It lags behind by some seconds. */
export const OPEN_LABS = "WorkflowType='lab' AND ExecutionStatus='Running'";

/** Memos ride along, and a message holds 4 MiB. */
const PAGE_SIZE = 250;

/** What the open labs have published, unparsed, page by page. */
export async function* publishedLabs(client: Client): AsyncGenerator {
  for await (const { memo } of client.workflow.list({ query: OPEN_LABS, pageSize: PAGE_SIZE })) {
    yield memo?.['lab'];
  }
}
