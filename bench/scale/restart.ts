import type { Figures } from '../figures';
import type { LabUser } from '../lab-client';
import type { ScaleArena } from './arena';
import { spawnLabs } from './growth';
import { timed } from './reads';

/** Labs whose state is read after the restart. */
const SAMPLE = 200;

/**
 * Kills all processes of the controller and starts them again: `readyMs`, the first list as `list.firstMs`,
 * `notRunning` of a sample of `running`, and the spawns of `users` right then.
 */
export async function measureRestart(
  arena: ScaleArena,
  running: readonly LabUser[],
  users: readonly LabUser[],
): Promise<Figures> {
  const { client, controllers } = arena;
  const readyMs = await controllers.replaceAll();
  const spawns = await spawnLabs(arena, users);
  const list = await timed(() => client.list('running'));
  const listed = new Set(list.value);
  const every = Math.max(1, Math.floor(running.length / SAMPLE));
  const sample = running.filter((_, index) => index % every === 0);
  const states = await Promise.all(sample.map(({ username }) => client.read(username)));
  return {
    readyMs,
    ...spawns,
    'list.firstMs': list.ms,
    notListed: running.filter(({ username }) => !listed.has(username)).length,
    notRunning: states.filter((state) => state?.status !== 'running').length,
  };
}
