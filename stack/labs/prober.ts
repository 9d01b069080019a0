import { setTimeout as delay } from 'node:timers/promises';
import type { V1Container, V1Pod, V1Probe } from '@kubernetes/client-node';
import { attempt } from './probe';

/** What the probes of a container find. */
export interface Findings {
  /** The startup probe has succeeded, or there is none. */
  started(): void;
  /** The readiness probe has come to another result; called once for containers without one. */
  ready(isReady: boolean): void;
  /** A probe has failed. */
  failed(kind: ProbeKind, message: string): void;
  /** The startup or the liveness probe has failed so often that the container is to be restarted. */
  unhealthy(kind: ProbeKind): void;
}

export type ProbeKind = 'Startup' | 'Liveness' | 'Readiness';

/** The probes of one running container. */
export interface Prober {
  /** Ends what could restart the container, which is going to end anyway. */
  stopLiveness(): void;
  stop(): void;
}

interface Repeated {
  readonly probe: V1Probe;
  readonly signal: AbortSignal;
  /** The threshold of successes or failures has been reached, again at each further one. */
  readonly onResult: (isSuccess: boolean) => void;
  readonly onFailure: (message: string) => void;
}

/** Starts the probes of a container as a kubelet does: liveness and readiness once it has started. */
export function startProbes(pod: V1Pod, container: V1Container, findings: Findings): Prober {
  const all = new AbortController();
  const vital = new AbortController();
  const vitalSignal = AbortSignal.any([all.signal, vital.signal]);
  const { livenessProbe, readinessProbe, startupProbe } = container;

  async function repeat({ onFailure, onResult, probe, signal }: Repeated): Promise<void> {
    const { failureThreshold = 3, initialDelaySeconds = 0, periodSeconds = 10, successThreshold = 1 } = probe;
    await delay(initialDelaySeconds * 1000, undefined, { signal });
    let [successes, failures] = [0, 0];
    for (;;) {
      const failure = await attempt(pod, container, probe);
      if (signal.aborted) return;
      [successes, failures] = failure === null ? [successes + 1, 0] : [0, failures + 1];
      if (failure !== null) onFailure(failure);
      if (successes >= successThreshold) onResult(true);
      if (failures >= failureThreshold) onResult(false);
      await delay(periodSeconds * 1000, undefined, { signal });
    }
  }

  function begin(kind: ProbeKind, probe: V1Probe, signal: AbortSignal, onResult: Repeated['onResult']): void {
    const onFailure = (message: string) => findings.failed(kind, message);
    // The only rejection is that of an aborted delay.
    void repeat({ probe, signal, onResult, onFailure }).catch(() => undefined);
  }

  function started(): void {
    findings.started();
    if (livenessProbe) {
      begin('Liveness', livenessProbe, vitalSignal, (isSuccess) => {
        if (!isSuccess) findings.unhealthy('Liveness');
      });
    }
    if (!readinessProbe) {
      findings.ready(true);
      return;
    }
    let isReady = false;
    begin('Readiness', readinessProbe, all.signal, (isSuccess) => {
      if (isSuccess === isReady) return;
      isReady = isSuccess;
      findings.ready(isReady);
    });
  }

  if (startupProbe) {
    const startup = new AbortController();
    begin('Startup', startupProbe, AbortSignal.any([vitalSignal, startup.signal]), (isSuccess) => {
      startup.abort();
      if (isSuccess) started();
      else findings.unhealthy('Startup');
    });
  } else started();

  return { stopLiveness: () => vital.abort(), stop: () => all.abort() };
}
