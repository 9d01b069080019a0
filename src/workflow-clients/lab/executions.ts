import { randomBytes } from 'node:crypto';
import type { Client, WorkflowExecutionInfo, WorkflowStartOptions } from '@temporalio/client';
import type { LabRecord } from '../../domain/lab';
import { labWorkflowId } from '../../domain/lab-key';
import { encodeLabMemo } from '../../domain/published-lab';
import {
  LAB_IMAGE,
  LAB_REASON,
  LAB_SINCE,
  LAB_STATUS,
  LAB_USER,
  TASK_QUEUES,
  WORKFLOW_TASK_TIMEOUT,
} from '../names';
import { decodeLabImage } from './memo';

/** Start options of a lab's workflow, for the API and for adoptions: its ID, memo and search attributes. */
export function labStart(record: LabRecord) {
  const { failure, options, since, status, user } = record;
  return {
    workflowId: labWorkflowId(user.username),
    taskQueue: TASK_QUEUES.controller,
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    memo: encodeLabMemo(record),
    typedSearchAttributes: [
      { key: LAB_USER, value: user.username },
      { key: LAB_STATUS, value: status ?? 'removing' },
      { key: LAB_IMAGE, value: options.image },
      ...(failure === null ? [] : [{ key: LAB_REASON, value: failure.reason }]),
      { key: LAB_SINCE, value: new Date(since) },
    ],
    staticSummary: `Lab of ${user.username}`,
  } satisfies Partial<WorkflowStartOptions>;
}

/** An operation's ID: lower-case hexadecimal, so that it is also a valid Kubernetes label value. */
export function newOperationId(): string {
  return randomBytes(10).toString('hex');
}

/** Visibility query of all labs' workflows that are not closed. It lags behind by some seconds. */
export const OPEN_LABS = "WorkflowType='lab' AND ExecutionStatus='Running'";

/** Keeps a page, which has the memos, below the 4 MiB of a gRPC message. */
const PAGE_SIZE = 250;

/** Lists the workflows of labs that are not closed, from visibility, page by page. */
export function openLabs({ workflow }: Client): AsyncIterable<WorkflowExecutionInfo> {
  return workflow.list({ query: OPEN_LABS, pageSize: PAGE_SIZE });
}

/**
 * Lists the workflows of labs whose latest change of status is not older than `sinceMs`, also closed ones, and those that
 * were closed since then without a change of status.
 */
export function changedLabs({ workflow }: Client, sinceMs: number): AsyncIterable<WorkflowExecutionInfo> {
  const since = `'${new Date(sinceMs).toISOString()}'`;
  const closed = `CloseTime >= ${since} AND ExecutionStatus != 'ContinuedAsNew'`;
  const query = `WorkflowType='lab' AND (LabSince >= ${since} OR (${closed}))`;
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
