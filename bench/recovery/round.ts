import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { burst, successes } from '../burst';
import type { CrashArena } from '../crash-arena';
import type { LabUser } from '../lab-client';
import { leftovers } from '../leftovers';
import { ask, watchToTheEnd } from '../spawning';
import {
  controllerFault,
  type Disturbance,
  databaseFault,
  type Fault,
  type FaultWorld,
  type Target,
  temporalFault,
} from './faults';

/** What became of a burst of spawns with a fault in the middle. Milliseconds from the begin of the fault. */
export interface RecoveryReport {
  readonly target: Target | 'none';
  readonly fault: Fault | 'none';
  /** Until it was noticed; null where it was not, or where nothing was lost with it. */
  readonly noticedMs: number | null;
  /** Until the last accepted spawn was told complete; null where one was not. */
  readonly servedMs: number | null;
  /** Spawns that were accepted, and those of them that were still under way. */
  readonly accepted: number;
  readonly affected: number;
  /** How long the fault lasted; a kill until the successor ran. */
  readonly lastedMs: number;
}

export interface RecoveryArena extends CrashArena, FaultWorld {}

/** The fault begins so long after the spawns have been asked for: all are accepted then, and few run. */
const BEFORE_MS = 300;
/** How long a fault lasts that is no kill. */
const FAULT_MS = 10_000;
const SERVED_LIMIT_MS = 90_000;
const REMOVAL_LIMIT_MS = 180_000;
/** Of the probes in the chart. */
const PROBE_LIMIT_MS = 5_000;
const PROBE_PAUSE_MS = 50;

/** Spawns a burst, makes one part fail during it, waits until the spawns have ended and the controller is ready, and removes everything. */
export async function recoveryRound(
  arena: RecoveryArena,
  users: readonly LabUser[],
  target: Target | 'none',
  fault: Fault | 'none',
): Promise<RecoveryReport | null> {
  const watcher = await untilWatched(arena);
  const disturbance = disturbanceOf(arena, target, fault, watcher);
  if (!disturbance) return null;
  const spawning = burst(users, SERVED_LIMIT_MS, async (user) => {
    if ((await ask(arena.client, user)) !== 'accepted') return null;
    const { ending } = await watchToTheEnd(arena.client, user, SERVED_LIMIT_MS);
    return { isComplete: ending === 'complete', endedAt: performance.now() };
  });
  await delay(BEFORE_MS);
  const begun = { at: performance.now(), epochMs: Date.now() };
  const over = new AbortController();
  const noticing = noticed(arena, target, watcher, over.signal);
  await disturbance.begin();
  if (fault !== 'killed') await Promise.race([spawning, delay(FAULT_MS)]);
  await disturbance.end();
  const lastedMs = performance.now() - begun.at;
  const spawns = successes(await spawning).flatMap(({ value }) => (value ? [value] : []));
  over.abort();
  const noticedAt = await noticing;

  const losses = target === 'worker' ? await lossesSince(arena, users, begun.epochMs) : [];
  const noticedMs = noticedAt === null ? (losses[0] ?? null) : noticedAt - begun.at;
  await untilReady(arena);
  await burst(users, REMOVAL_LIMIT_MS, ({ username }) => arena.client.remove(username));
  const left = await leftovers(arena);
  if (left.length > 0) throw new Error(left.map(({ message }) => message).join('; '));
  return {
    target,
    fault,
    noticedMs,
    servedMs: spawns.every(({ isComplete }) => isComplete)
      ? Math.max(0, ...spawns.map(({ endedAt }) => endedAt - begun.at))
      : null,
    accepted: spawns.length,
    affected: spawns.filter(({ endedAt }) => endedAt > begun.at).length,
    lastedMs,
  };
}

function disturbanceOf(
  arena: RecoveryArena,
  target: Target | 'none',
  fault: Fault | 'none',
  watcher: number,
): Disturbance | null {
  const nothing = { begin: async () => undefined, end: async () => undefined };
  if (target === 'none' || fault === 'none') return nothing;
  if (target === 'temporal') return temporalFault(arena, fault);
  if (target === 'postgresql') return databaseFault(arena, fault);
  return controllerFault(arena, fault, target, target === 'watcher' ? watcher : null);
}

/**
 * The instant at which the fault is noticed: for a watcher, that another one has the watch; for a worker, nothing (its
 * losses are in the histories); for the others, that the API's own readiness says so, or does not answer in time.
 */
async function noticed(
  arena: RecoveryArena,
  target: Target | 'none',
  watcher: number,
  over: AbortSignal,
): Promise<number | null> {
  if (target === 'worker' || target === 'none') return null;
  const isNoticed =
    target === 'watcher'
      ? async () => ((await arena.observers.activeWatcher())?.pid ?? watcher) !== watcher
      : async () => !(await isReady(arena.controllers.find('api')[1].opsUrl));
  while (!over.aborted) {
    if (await isNoticed()) return performance.now();
    await delay(PROBE_PAUSE_MS);
  }
  return null;
}

async function isReady(opsUrl: string): Promise<boolean> {
  try {
    const { body, statusCode } = await request(`${opsUrl}/readyz`, {
      signal: AbortSignal.timeout(PROBE_LIMIT_MS),
    });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

/** Steps that Temporal found lost after a moment, in milliseconds after it, in order. */
async function lossesSince(
  { observers }: RecoveryArena,
  users: readonly LabUser[],
  epochMs: number,
): Promise<number[]> {
  const found = await Promise.all(users.map(({ username }) => observers.lossesOf(username)));
  return found
    .flat()
    .map((at) => at - epochMs)
    .filter((afterMs) => afterMs > 0)
    .toSorted((a, b) => a - b);
}

async function untilWatched({ observers }: RecoveryArena): Promise<number> {
  for (;;) {
    const active = await observers.activeWatcher().catch(() => null);
    if (active) return active.pid;
    await delay(PROBE_PAUSE_MS);
  }
}

async function untilReady(arena: RecoveryArena): Promise<void> {
  for (const opsUrl of arena.controllers.opsUrls)
    while (!(await isReady(opsUrl))) await delay(PROBE_PAUSE_MS);
  await untilWatched(arena);
}
