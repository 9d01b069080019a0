import type { HubApi } from '../../stack/hub-api';
import { burst, successes } from '../burst';
import { type Figures, latencies } from '../figures';
import { cpuTimes } from '../meters';

/** A hub to be measured. */
export interface MeasuredHub {
  readonly api: HubApi;
  /** Form data of the same small lab. */
  readonly form: Readonly<Record<string, readonly string[]>>;
  /** Its process, and others by name that take part in its spawns. */
  readonly pids: () => Readonly<Record<string, number>>;
}

const LIMIT_MS = 600_000;

/** Starts a server for each user at once, follows all of them as browsers do, and returns the figures. */
export async function measureSpawns(hub: MeasuredHub, usernames: readonly string[]): Promise<Figures> {
  const before = cpuTimes(hub.pids());
  const startedAt = performance.now();
  const spawned = await burst(usernames, LIMIT_MS, async (username) => {
    await hub.api.start(username, hub.form);
    await hub.api.follow(username, () => undefined);
    return performance.now() - startedAt;
  });
  const lengthMs = performance.now() - startedAt;
  const after = cpuTimes(hub.pids());
  const ready = successes(spawned).map(({ value }) => value);
  const cpu = Object.entries(after).map(([name, time]) => [
    `cpu.${name}`,
    (time - (before[name] ?? 0)) / Math.max(1, ready.length),
  ]);
  return {
    ready: ready.length,
    failed: usernames.length - ready.length,
    perSecond: (ready.length / lengthMs) * 1_000,
    ...latencies('ready', ready),
    ...Object.fromEntries(cpu),
  };
}
