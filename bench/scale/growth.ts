import { burst } from '../burst';
import type { Figures } from '../figures';
import { growth } from '../figures';
import type { LabUser } from '../lab-client';
import { residentMemory } from '../meters';
import { spawnFigures } from '../round';
import { makeUsers } from '../users';
import type { ScaleArena } from './arena';
import { processorTimes } from './processor';

const LIMIT_MS = 300_000;

/** Spawns labs, `width` at a time: `spawn.…`, processor time per spawn as `cpuMs.…`, memory afterwards as `memory.…`. */
export async function spawnLabs(
  arena: ScaleArena,
  users: readonly LabUser[],
  width = users.length,
): Promise<Figures> {
  const before = processorTimes(arena);
  const spawned = await burst(
    users,
    LIMIT_MS,
    (user) => arena.contender.spawn(user, 'behaviour-fast'),
    width,
  );
  return {
    ...spawnFigures('spawn', spawned, users.length),
    ...growth('cpuMs', before, processorTimes(arena), users.length),
    ...growth('memory', {}, residentMemory(arena.pids()), 1),
  };
}

/** Spawns labs until there are `labs`, in steps; gives the figures of each, with the number of labs as `running`. */
export async function growTo(
  arena: ScaleArena,
  present: readonly LabUser[],
  labs: number,
  { step, width }: { readonly step: number; readonly width: number },
  say: (line: string) => void,
): Promise<{ readonly users: readonly LabUser[]; readonly steps: readonly Figures[] }> {
  const users = [...present];
  const steps: Figures[] = [];
  while (users.length < labs) {
    const more = await makeUsers(arena.stack, 'grow', Math.min(step, labs - users.length));
    const figures = await spawnLabs(arena, more, Math.min(width, more.length));
    users.push(...more);
    steps.push({ ...figures, running: users.length });
    say(
      `${users.length} labs, ${figures['spawn.perSecond']?.toFixed(1)}/s, ${figures['spawn.failed']} failed`,
    );
  }
  return { users, steps };
}

/** Ends labs by requests, all at once: `removal.…`. */
export async function removeLabs(arena: ScaleArena, users: readonly LabUser[]): Promise<Figures> {
  const before = processorTimes(arena);
  const removed = await burst(users, LIMIT_MS, (user) => arena.contender.remove(user));
  const failed = removed.outcomes.filter(({ ok }) => !ok).length;
  return {
    'removal.perSecond': (users.length - failed) / (removed.durationMs / 1000),
    'removal.failed': failed,
    ...growth('removal.cpuMs', before, processorTimes(arena), users.length),
  };
}
