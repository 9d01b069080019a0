import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  FileServerAdoption,
  FileServerPlan,
  FileServerRecord,
  FileServerTimeouts,
  FileServerUids,
} from '../../domain/file-server';
import type { PodObservation } from '../../domain/pod';
import type { PodNews } from '../../domain/pod-change';

/** A request for a file server, as the API has accepted it. */
export interface EnsureRequest {
  readonly operationId: string;
  readonly plan: FileServerPlan;
  readonly timeouts: FileServerTimeouts;
}

/** A file server that exists without a workflow. */
export interface Adoption {
  readonly adoption: FileServerAdoption;
  readonly timeouts: FileServerTimeouts;
}

/**
 * Argument of a file server's workflow: a new one, for which the update `ensure` has the request; an adoption; or the
 * snapshot of the run that continued as new.
 */
export type FileServerWorkflowInput =
  | { readonly kind: 'new'; readonly username: string }
  | ({ readonly kind: 'adopt' } & Adoption)
  | { readonly kind: 'resume'; readonly snapshot: FileServerSnapshot };

/** The workflow of type `fileserver`. */
export type FileServerWorkflow = (input: FileServerWorkflowInput) => Promise<void>;

/** State of a running file server that a continue-as-new carries over. */
export interface FileServerSnapshot {
  readonly version: 1;
  readonly record: FileServerRecord;
  readonly timeouts: FileServerTimeouts;
  readonly uids: FileServerUids;
  readonly pod: PodObservation | null;
}

/** A request to end the file server. */
export interface ShutdownRequest {
  readonly operationId: string;
  /** Name of the caller; null where it has none. */
  readonly requester: string | null;
}

/** The JSON argument of `temporal workflow signal --name forceShutdown`; every field is optional. */
export interface ForceShutdownRequest {
  /** The operator's reason, which is recorded. */
  readonly reason?: string;
}

/**
 * Makes sure that the user's file server runs; completes once it is usable. Joins a creation that is under way. A
 * request that arrives while a file server is removed is carried out after that.
 *
 * @throws ApplicationFailure of type `file_server_create_failed`, once what was created is removed.
 */
export const ensure = defineUpdate<void, [EnsureRequest]>('ensure');

/**
 * Ends the file server, also one that is being created; completes once its objects are gone. Joins a removal that is
 * under way.
 *
 * @throws ApplicationFailure of type `unknown_user` when it is gone already, `file_server_delete_failed` when its
 *   objects could not be removed in time.
 */
export const shutdown = defineUpdate<void, [ShutdownRequest]>('shutdown');

/** An operator's order to end the file server now, whatever it is doing, without grace. */
export const forceShutdown = defineSignal<[ForceShutdownRequest?]>('forceShutdown');

/** A pod update from the watcher. It may repeat, come late, or concern an earlier pod. */
export const podNews = defineSignal<[PodNews]>('podNews');

/** The objects of a running file server may be gone: the workflow reads them and decides. */
export const checkFileServer = defineSignal('checkFileServer');
