import { setTimeout as delay } from 'node:timers/promises';
import { type Figures, growth } from '../figures';
import { configurationOn } from '../hub/configuration';
import type { LabUser } from '../lab-client';
import { kubernetesRequests } from '../meters';
import type { ScaleArena } from './arena';
import { removeLabs, spawnLabs } from './growth';
import { processorTimes } from './processor';
import { databaseBytes, historyBytes } from './storage';

const RELOAD_LIMIT_MS = 30_000;
const POLL_MS = 100;
const SETTLE_MS = 2_000;

/** Rounds of regular checks that are measured, after the first, at which a workflow continues as new. */
const CHECK_ROUNDS = 2;

/** Figures of labs that come on top of others, from their spawn to their end. */
export interface BurstOnTop {
  readonly spawns: Figures;
  /** Per regular check of a lab that runs: `count`, `cpuMs.…`, `databaseBytes`. */
  readonly checks: Figures;
  /** Per lab life: `databaseBytes`, `historyBytes`. */
  readonly life: Figures;
  readonly removal: Figures;
}

/**
 * Spawns labs on top of others, whose pods are read every `checkMs` instead of every ten minutes, and ends them after some
 * of these checks. The controller is left with its usual configuration.
 */
export async function measureBurstOnTop(
  arena: ScaleArena,
  users: readonly LabUser[],
  checkMs: number,
): Promise<BurstOnTop> {
  const { opsUrls } = arena.controllers;
  await reconfigure(arena, { timeouts: { runCheck: checkMs / 1_000 } });
  const stored = [databaseBytes(arena)];
  const spawns = await spawnLabs(arena, users);
  await delay(checkMs + SETTLE_MS);
  stored.push(databaseBytes(arena));

  const reads = async (): Promise<number> => (await kubernetesRequests(opsUrls))['get pods'] ?? 0;
  const [readsBefore, before] = [await reads(), processorTimes(arena)];
  await delay(CHECK_ROUNDS * checkMs);
  const count = (await reads()) - readsBefore;
  const cpu = growth('cpuMs', before, processorTimes(arena), Math.max(1, count));
  stored.push(databaseBytes(arena));

  await reconfigure(arena, {});
  const removal = await removeLabs(arena, users);
  await delay(SETTLE_MS);
  stored.push(databaseBytes(arena));
  const [empty = Number.NaN, running = Number.NaN, checked = Number.NaN, ended = Number.NaN] = stored;
  return {
    spawns,
    checks: { count, ...cpu, databaseBytes: (checked - running) / Math.max(1, count) },
    life: {
      historyBytes: await historyBytes(arena, users),
      databaseBytes: (running - empty + ended - checked) / users.length,
    },
    removal,
  };
}

/** Replaces the configuration and waits until the API, which plans labs, uses it. */
async function reconfigure({ controllers, stack }: ScaleArena, sections: object): Promise<void> {
  const [opsUrl = ''] = controllers.opsUrls;
  const version = async (): Promise<unknown> => {
    const body = (await (await fetch(`${opsUrl}/readyz`)).json()) as {
      readonly configuration?: { readonly version?: string };
    };
    return body.configuration?.version;
  };
  const former = await version();
  configurationOn(stack, sections);
  const deadline = performance.now() + RELOAD_LIMIT_MS;
  while ((await version()) === former) {
    if (performance.now() > deadline) throw new Error('the controller does not use its new configuration');
    await delay(POLL_MS);
  }
}
