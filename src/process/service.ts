/** A page for Prometheus; a registry of `prom-client` is one. */
export interface MetricsPage {
  readonly contentType: string;
  readonly metrics: () => Promise<string>;
}

/** Looks at one thing the process needs, by name; rejects when it is not usable. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<void>>>;

/** What else a probe's answer says, by name; nothing in it makes a process unready. */
export type ReadinessNotes = () => Readonly<Record<string, unknown>>;

/** One of the controller's processes, running; several can share an operating system process. */
export interface Service {
  readonly name: string;
  readonly checks: ReadinessChecks;
  readonly notes?: ReadinessNotes;
  readonly metrics: readonly MetricsPage[];
  /** Finishes what is under way, then stops. */
  close(): Promise<void>;
  /** Rejects when the service cannot go on. */
  readonly failed: Promise<never>;
}
