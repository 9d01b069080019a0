import { readdirSync, readFileSync } from 'node:fs';
import type { Figures } from '../figures';
import { cpuTimes, TICK_MS } from '../meters';
import type { ScaleArena } from './arena';

/** Processor time of all processes since their start, in milliseconds; PostgreSQL's with that of its children. */
export function processorTimes({ pids, stack }: Pick<ScaleArena, 'pids' | 'stack'>): Figures {
  const { postgresql } = stack.pids;
  return { ...cpuTimes(pids()), ...(postgresql ? { postgresql: familyTime(postgresql) } : {}) };
}

/** Of a process, of the children that it has, and of those that have ended. */
function familyTime(pid: number): number {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const family = all.flatMap((name) => {
    const fields = statOf(name);
    const isParent = name === String(pid);
    if (!fields || (!isParent && fields[1] !== String(pid))) return [];
    // Own user and system time; of the parent also that of its ended children.
    return fields.slice(11, isParent ? 15 : 13).map(Number);
  });
  return family.reduce((sum, ticks) => sum + ticks, 0) * TICK_MS;
}

/** Fields of `/proc/<pid>/stat` from the state on; null for a process that has ended. */
function statOf(pid: string): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
