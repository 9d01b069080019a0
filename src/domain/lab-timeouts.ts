const SPAWN_CHECK_MS = 30_000;
const RUN_CHECK_MS = 600_000;
const DELETE_CHECK_MS = 5_000;
const TERMINATED_RETENTION_MS = 5_000;

/** What the configuration says about a lab's deadlines, in milliseconds. */
export interface TimeoutSettings {
  readonly spawnTimeoutMs: number;
  readonly deleteTimeoutMs: number;
  readonly reconcileIntervalMs: number;
}

/** What the configuration says about waiting for a pod that cannot start, in milliseconds. */
export interface PatienceSettings {
  readonly imagePullPatienceMs: number;
  readonly unschedulablePatienceMs: number;
}

/** The deadlines and intervals that a lab accepted, or adopted, now will keep. */
export function labTimeouts(lab: TimeoutSettings, patience: PatienceSettings) {
  return {
    spawnMs: lab.spawnTimeoutMs,
    deleteMs: lab.deleteTimeoutMs,
    spawnCheckMs: SPAWN_CHECK_MS,
    runCheckMs: RUN_CHECK_MS,
    deleteCheckMs: DELETE_CHECK_MS,
    failedRetentionMs: lab.reconcileIntervalMs,
    terminatedRetentionMs: TERMINATED_RETENTION_MS,
    imagePullPatienceMs: patience.imagePullPatienceMs,
    unschedulablePatienceMs: patience.unschedulablePatienceMs,
  };
}
