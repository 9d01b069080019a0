/** Task queues: lab workflows with their Kubernetes activities, and the watcher's endless activity. */
export const TASK_QUEUES = { controller: 'controller', watch: 'watch' } as const;

/** The one workflow ID a user's lab can have; its uniqueness is what allows one lab per user. */
export function labWorkflowId(username: string): string {
  return `lab-${username}`;
}

/** The workflow ID of the singleton that watches one kind of thing. */
export function watchWorkflowId(kind: string): string {
  return `watch-${kind}`;
}
