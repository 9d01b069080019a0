import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { entryKind, replaceFile } from '../files';
import type { Report } from '../variables';

/** Paths to move, and their new names. */
const PARTS = [
  ...['cache', 'conda', 'config', 'eups', 'local', 'jupyter'].map((name) => [`.${name}`, name] as const),
  ['notebooks/.user_setups', 'notebooks/user_setups'] as const,
];

/** Time in UTC to the second, e.g. `20260115093000`. */
function timeStamp(now: Date): string {
  return now.toISOString().replace(/\D/g, '').slice(0, 14);
}

/**
 * Moves the user's environment to `.user_env.<time>` in the home directory. The name is stored in `memory`, a file on a
 * volume of the pod, so that a restarted container completes the same move and does not move the new environment.
 */
export function moveUserEnvironment(home: string, memory: string, now: Date, report: Report): void {
  const isInterrupted = existsSync(memory);
  const name = isInterrupted ? readFileSync(memory, 'utf8').trim() : `.user_env.${timeStamp(now)}`;
  if (!isInterrupted) replaceFile(memory, `${name}\n`);
  for (const [part, newName] of PARTS) {
    const from = join(home, part);
    const to = join(home, name, newName);
    const isFile = part === 'notebooks/.user_setups';
    const kind = entryKind(from);
    const isWanted = kind === 'link' || kind === (isFile ? 'file' : 'directory');
    if (!isWanted || entryKind(to) !== 'nothing') continue;
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
    report(`${from} was moved to ${to}`);
  }
}
