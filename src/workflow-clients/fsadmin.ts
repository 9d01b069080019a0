import type { WorkflowStartOptions } from '@temporalio/client';
import type { Config } from '../config/config';
import type { FsadminTimeouts } from '../domain/fsadmin';
import type { FsadminWorkflow } from '../workflows/fsadmin/messages';
import { FSADMIN_WORKFLOW_ID, TASK_QUEUES, WORKFLOW_TASK_TIMEOUT } from './names';

/** The settings that the timeouts of file system administration are made of. */
export interface FsadminSettings {
  readonly fsadmin: Pick<Config['fsadmin'], 'timeoutMs'>;
  readonly timeouts: Pick<Config['timeouts'], 'runCheckMs' | 'kubernetesRequestMs'>;
}

/** The timeouts of a request that is made now. */
export function fsadminTimeouts({ fsadmin, timeouts }: FsadminSettings): FsadminTimeouts {
  return {
    operationMs: fsadmin.timeoutMs,
    checkMs: timeouts.runCheckMs,
    kubernetesRequestMs: timeouts.kubernetesRequestMs,
  };
}

/** Start options of the workflow, for a first request with these timeouts. */
export function fsadminStart(timeouts: FsadminTimeouts): WorkflowStartOptions<FsadminWorkflow> {
  return {
    workflowId: FSADMIN_WORKFLOW_ID,
    taskQueue: TASK_QUEUES.controller,
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    args: [{ version: 1, timeouts }],
    staticSummary: 'File system administration',
  };
}
