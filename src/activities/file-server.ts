import { Context } from '@temporalio/activity';
import {
  type FileServerObservation,
  type FileServerTarget,
  type FileServerUids,
  isUp,
} from '../domain/file-server';
import { fileServerWorkflowId } from '../domain/file-server-key';
import type { ObjectInTheWay } from '../domain/obstacles';
import type { KubernetesClient } from '../kubernetes/client';
import type { EnsureRequest } from '../workflows/fileserver/messages';
import { finalFailure, withObstacles } from './failures';
import { createObjects, type FileServerCreationSources } from './file-server-creation';
import { readAll } from './file-server-reading';
import { removeAll, removeInTheWay } from './file-server-removal';
import { withHeartbeat } from './lease';

/** Dependencies of the activities of file servers. */
export interface FileServerDependencies extends FileServerCreationSources {
  readonly kubernetes: KubernetesClient;
}

/** The obstacle that the workflow knows already. */
interface Told {
  readonly told: string | null;
}

type Named = Pick<FileServerTarget, 'username' | 'namespace'>;

export type FileServerActivities = ReturnType<typeof createFileServerActivities>;

/** The activities of a file server, which send requests to Kubernetes. Each can be repeated, and interrupted, at any point. */
export function createFileServerActivities(dependencies: FileServerDependencies) {
  const { kubernetes } = dependencies;
  return {
    /**
     * Creates the objects and returns the UIDs of those that are not claims. Refuses a request that is not exactly as the
     * API has accepted it for this workflow.
     */
    async createFileServer({ told, ...request }: EnsureRequest & Told): Promise<FileServerUids> {
      return withHeartbeat(() => withObstacles(told, () => createObjects(dependencies, request)));
    },

    /** Reads the job, its pod and what leads to it. An object of another creation counts as none. */
    async readFileServer(target: FileServerTarget): Promise<FileServerObservation> {
      return withHeartbeat(() => readAll(kubernetes, target));
    },

    /** Whether the job has a pod that runs, and something leads to it, for a caller who waits: a local activity. */
    async isFileServerUp(target: FileServerTarget): Promise<boolean> {
      const observed = await readAll(kubernetes, target);
      return isUp(observed) && observed.ingress !== null;
    },

    /**
     * Completes once the objects are gone; each attempt deletes and looks once. Objects of another creation are left
     * alone. Ends with an obstacle when they are kept by something that the workflow does not know yet.
     */
    async removeFileServer({
      isForced,
      told,
      ...target
    }: FileServerTarget & Told & { readonly isForced: boolean }): Promise<void> {
      requireWorkflowOf(target);
      return withHeartbeat(() => withObstacles(told, () => removeAll(kubernetes, target, isForced)));
    },

    /** Completes once this object of an earlier file server of the user is gone. */
    async removeObject(object: ObjectInTheWay & Named): Promise<void> {
      requireWorkflowOf(object);
      return withHeartbeat(() => removeInTheWay(kubernetes, object));
    },
  };
}

/** Only the user's own workflow may end their file server, whichever process or person has started the workflow. */
function requireWorkflowOf({ username }: Pick<FileServerTarget, 'username'>): void {
  const { workflowExecution } = Context.current().info;
  const own = fileServerWorkflowId(username);
  if (workflowExecution?.workflowId === own) return;
  throw finalFailure('PlanRefused', `Only workflow ${own} may end the file server of ${username}`);
}
