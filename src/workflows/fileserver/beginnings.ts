import {
  adoptedRecord,
  type FileServerRecord,
  type FileServerTimeouts,
  type FileServerUids,
} from '../../domain/file-server';
import type { PodObservation } from '../../domain/pod';
import type { Adoption, FileServerSnapshot } from './messages';

/** What a run of the workflow begins with. */
export interface Beginning {
  readonly record: FileServerRecord;
  readonly timeouts: FileServerTimeouts;
  readonly uids: FileServerUids;
  readonly pod: PodObservation | null;
  /** Whether this run began as a continuation. */
  readonly isResumed: boolean;
  /** Whether Kubernetes may hold objects of the file server. */
  readonly mayHaveRemains: boolean;
}

/** Timeouts before the first request, which brings its own. */
const NO_TIMEOUTS: FileServerTimeouts = {
  createMs: 60_000,
  deleteMs: 60_000,
  kubernetesRequestMs: 30_000,
  kubernetesRetryMs: 30_000,
  createCheckMs: 30_000,
  runCheckMs: 60_000,
  finalCheckMs: 0,
};

/** A file server of which nothing is known yet but its user. */
export function freshFileServer(username: string, startedAt: Date): Beginning {
  const at = startedAt.toISOString();
  const record: FileServerRecord = {
    username,
    namespace: '',
    routing: 'gafaelfawr',
    phase: 'starting',
    operationId: null,
    since: at,
    startedAt: at,
    failure: null,
    end: null,
    deleteTimeoutMs: NO_TIMEOUTS.deleteMs,
    isAdopted: false,
  };
  return { record, timeouts: NO_TIMEOUTS, uids: {}, pod: null, isResumed: false, mayHaveRemains: false };
}

/** A file server that was found. */
export function adoptedFileServer({ adoption, timeouts }: Adoption, startedAt: Date): Beginning {
  const { observed } = adoption;
  return {
    record: adoptedRecord(adoption, timeouts, startedAt.toISOString()),
    timeouts,
    uids: observed.job ? { job: observed.job.uid } : {},
    pod: observed.pod,
    isResumed: false,
    mayHaveRemains: true,
  };
}

/** A running file server whose workflow continued as new. */
export function resumedFileServer({ pod, record, timeouts, uids }: FileServerSnapshot): Beginning {
  return { record, timeouts, uids, pod, isResumed: true, mayHaveRemains: true };
}
