/** What the configuration says about a lab's deadlines, in milliseconds. */
export interface TimeoutSettings {
  readonly spawnTimeoutMs: number;
  readonly deleteTimeoutMs: number;
  readonly reconcileIntervalMs: number;
}

/** What the configuration says about the single steps of a lab's life, in milliseconds. */
export interface StepSettings {
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

/** What the configuration says about telling the hub of labs' ends. */
export interface HubSettings {
  readonly notifyExit: boolean;
  readonly timeoutMs: number;
}

/** The deadlines and intervals that a lab accepted, or adopted, now will keep. */
export function labTimeouts(lab: TimeoutSettings, steps: StepSettings, hub: HubSettings | null) {
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

/** How long to wait for news before looking: the interval, or less where the last look before a deadline is due. */
export function untilNextCheck(nowMs: number, intervalMs: number, finalCheckAtMs: number): number {
  const untilFinalMs = finalCheckAtMs - nowMs;
  return untilFinalMs > 0 ? Math.min(intervalMs, untilFinalMs) : intervalMs;
}
