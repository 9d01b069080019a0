import { setTimeout as delay } from 'node:timers/promises';
import { type Figures, growth } from '../figures';
import { residentMemory } from '../meters';
import type { ScaleArena } from './arena';
import { processorTimes } from './processor';

/** What the machine still does for the labs that came last. */
const SETTLE_MS = 10_000;

/** With nothing asked: share of a core as `percent.…`, memory as `memory.…`, and `watches`. */
export async function measureIdle(arena: ScaleArena, lengthMs: number): Promise<Figures> {
  await delay(Math.min(SETTLE_MS, lengthMs));
  return { ...(await shares(arena, lengthMs)), watches: await arena.watches() };
}

/** Share of a core over some time as `percent.…`, and memory afterwards as `memory.…`. */
export async function shares(arena: ScaleArena, lengthMs: number): Promise<Figures> {
  const before = processorTimes(arena);
  const startedAt = performance.now();
  await delay(lengthMs);
  const percent = (performance.now() - startedAt) / 100;
  return {
    ...growth('percent', before, processorTimes(arena), percent),
    ...growth('memory', {}, residentMemory(arena.pids()), 1),
  };
}
