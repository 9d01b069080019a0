/** The configured deadlines of a lab, in milliseconds. */
export interface OperationTimeouts {
  readonly spawnTimeoutMs: number;
  readonly deleteTimeoutMs: number;
  readonly reconcileIntervalMs: number;
}

/** The configured timeouts and intervals of single steps, in milliseconds. */
export interface StepTimeouts {
  readonly kubernetesRequestMs: number;
  readonly kubernetesRetryMs: number;
  readonly spawnCheckMs: number;
  readonly runCheckMs: number;
  readonly deleteCheckMs: number;
  readonly watchFinalCheckMs: number;
  readonly terminatedRetentionMs: number;
  readonly labStopGracePeriodMs: number;
  readonly imagePullPatienceMs: number;
  readonly unschedulablePatienceMs: number;
  readonly startRetryPatienceMs: number;
  readonly restartPatienceMs: number;
  readonly lostNodePatienceMs: number | null;
  readonly stuckNamespacePatienceMs: number;
}

/** The configured notification of the hub about the end of labs. */
export interface HubSettings {
  readonly notifyExit: boolean;
  readonly timeoutMs: number;
}

/** The deadlines and intervals of a lab that is accepted or adopted now; later configurations do not change them. */
export function labTimeouts(lab: OperationTimeouts, steps: StepTimeouts, hub: HubSettings | null) {
  return {
    spawnMs: lab.spawnTimeoutMs,
    deleteMs: lab.deleteTimeoutMs,
    failedRetentionMs: lab.reconcileIntervalMs,
    kubernetesRequestMs: steps.kubernetesRequestMs,
    kubernetesRetryMs: steps.kubernetesRetryMs,
    spawnCheckMs: steps.spawnCheckMs,
    runCheckMs: steps.runCheckMs,
    deleteCheckMs: steps.deleteCheckMs,
    finalCheckMs: steps.watchFinalCheckMs,
    terminatedRetentionMs: steps.terminatedRetentionMs,
    stopGraceMs: steps.labStopGracePeriodMs,
    imagePullPatienceMs: steps.imagePullPatienceMs,
    unschedulablePatienceMs: steps.unschedulablePatienceMs,
    startRetryPatienceMs: steps.startRetryPatienceMs,
    restartPatienceMs: steps.restartPatienceMs,
    lostNodePatienceMs: steps.lostNodePatienceMs,
    stuckNamespacePatienceMs: steps.stuckNamespacePatienceMs,
    hubRequestMs: hub?.notifyExit ? hub.timeoutMs : null,
  };
}

/** How long to wait for an event before a read, in ms: the interval, or less if a deadline's final read is due. */
export function untilNextCheck(nowMs: number, intervalMs: number, finalCheckAtMs: number): number {
  const untilFinalMs = finalCheckAtMs - nowMs;
  return untilFinalMs > 0 ? Math.min(intervalMs, untilFinalMs) : intervalMs;
}
