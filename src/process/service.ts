/** A page for Prometheus; a registry of `prom-client` is one. */
export interface MetricsPage {
  readonly contentType: string;
  readonly metrics: () => Promise<string>;
}

/** Checks of the dependencies of a process, by name; each rejects when its dependency is not usable. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<void>>>;

/** Further fields of a probe's answer, by name; they do not affect readiness. */
export type ReadinessNotes = () => Readonly<Record<string, unknown>>;

/** One of the controller's processes, running; several can share an operating system process. */
export interface Service {
  readonly name: string;
  readonly checks: ReadinessChecks;
  readonly notes?: ReadinessNotes;
  readonly metrics: readonly MetricsPage[];
  /** Finishes work under way, then stops. */
  close(): Promise<void>;
  /** Rejects when the service has failed finally. */
  readonly failed: Promise<never>;
}
