import { randomBytes } from 'node:crypto';
import type { WorkflowStartOptions } from '@temporalio/client';
import type { LabRecord } from '../../domain/lab';
import { labWorkflowId } from '../../domain/lab-key';
import { encodeLabMemo } from '../../domain/published-lab';
import { TASK_QUEUES } from '../ids';
import { LAB_IMAGE, LAB_REASON, LAB_SINCE, LAB_STATUS, LAB_USER } from '../search-attributes';

/** Start options of a lab's workflow, for the API and for adoptions: its ID, memo and search attributes. */
export function labStart(record: LabRecord) {
  const { failure, options, since, status, user } = record;
  return {
    workflowId: labWorkflowId(user.username),
    taskQueue: TASK_QUEUES.controller,
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
