import type { MetricsPage } from '../api/ops';

/** One of the controller's processes, running; several can share an operating system process. */
export interface Service {
  readonly name: string;
  /** What it needs, by name; a check rejects when it is not usable. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>;
  readonly metrics: readonly MetricsPage[];
  /** Finishes what is under way, then stops. */
  close(): Promise<void>;
  /** Rejects when the service cannot go on. */
  readonly failed: Promise<never>;
}
