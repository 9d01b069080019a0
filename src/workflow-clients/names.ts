import { defineSearchAttributeKey } from '@temporalio/common';

/**
 * Task queues: `controller` for all workflows and the Kubernetes activities of labs; `images` for activities that use
 * registries, which may be slow; `watch` for the watcher's endless activity.
 */
export const TASK_QUEUES = { controller: 'controller', images: 'images', watch: 'watch' } as const;

/**
 * Timeout of a workflow task, which takes milliseconds: what a killed worker was doing is done by another one after this
 * time. Temporal's default is 10 s.
 */
export const WORKFLOW_TASK_TIMEOUT = '4 seconds';

/**
 * The task queue of calls to the hub, apart from that of the workflows that make them: a hub that hangs must not use
 * the activity slots of others.
 */
export function hubTaskQueue(controllerQueue: string): string {
  return `${controllerQueue}-hub`;
}

/** The workflow that holds the image catalogue. */
export const CATALOGUE_WORKFLOW_ID = 'image-catalogue';

/** The workflow that holds the record of reconciliation. No user's lab can have this ID. */
export const RECONCILIATION_RECORD_ID = 'labs-reconciled';

/** The reconciliation pass that is started without a schedule. */
export const FIRST_PASS_ID = 'reconcile-labs-first';

/** The workflow ID of the singleton that watches one kind of objects. */
export function watchWorkflowId(kind: string): string {
  return `watch-${kind}`;
}

/** The workflow ID of prepulling, of which there is one. */
export const PREPULL_WORKFLOW_ID = 'prepull';

/** The workflow for file system administration, of which there is one. */
export const FSADMIN_WORKFLOW_ID = 'fsadmin';

/**
 * What operators search labs by. Search attributes are never encrypted: usernames and states only.
 * `LabReason` is a failure reason, `LabSince` the instant of the last status change.
 */
export const LAB_USER = defineSearchAttributeKey('LabUser', 'KEYWORD');
export const LAB_STATUS = defineSearchAttributeKey('LabStatus', 'KEYWORD');
export const LAB_IMAGE = defineSearchAttributeKey('LabImage', 'KEYWORD');
export const LAB_REASON = defineSearchAttributeKey('LabReason', 'KEYWORD');
export const LAB_SINCE = defineSearchAttributeKey('LabSince', 'DATETIME');

/** All of them, for registration in a namespace. */
export const SEARCH_ATTRIBUTES = [LAB_USER, LAB_STATUS, LAB_IMAGE, LAB_REASON, LAB_SINCE] as const;

/** Numbers of the types in use (`temporal.api.enums.v1.IndexedValueType`). */
export const INDEXED_VALUE_TYPES = { KEYWORD: 2, DATETIME: 6 } as const;
