/**
 * Task queues: all workflows and the Kubernetes activities of labs; what has to do with images, whose registries may
 * be slow; and the watcher's endless activity.
 */
export const TASK_QUEUES = { controller: 'controller', images: 'images', watch: 'watch' } as const;

/**
 * The task queue of calls to the hub, beside the one of the workflows that make them: a hub that hangs must not take
 * the place of anything else.
 */
export function hubTaskQueue(controllerQueue: string): string {
  return `${controllerQueue}-hub`;
}

/** The workflow that holds what is known of images. */
export const CATALOGUE_WORKFLOW_ID = 'image-catalogue';

/** The workflow that holds whether labs have been reconciled. No user's lab can have this ID. */
export const RECONCILIATION_RECORD_ID = 'labs-reconciled';

/** The reconciliation pass that no schedule starts. */
export const FIRST_PASS_ID = 'reconcile-labs-first';

/** The workflow ID of the singleton that watches one kind of thing. */
export function watchWorkflowId(kind: string): string {
  return `watch-${kind}`;
}

/** The workflow ID of prepulling, of which there is one. */
export const PREPULL_WORKFLOW_ID = 'prepull';
