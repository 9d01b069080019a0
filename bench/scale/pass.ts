import { setTimeout as delay } from 'node:timers/promises';
import type { ReconciliationSummary } from '../../src/domain/reconciliation';
import { TASK_QUEUES } from '../../src/workflow-clients/names';
import { burst, successes } from '../burst';
import type { Figures } from '../figures';
import type { LabUser } from '../lab-client';
import { kubernetesRequests } from '../meters';
import type { ScaleArena } from './arena';
import { timed } from './reads';

const LIMIT_MS = 120_000;
/** Spawns at a time while a pass runs. */
const WIDTH = 4;
/** Before and after the pass. */
const AROUND_MS = 1_500;

/**
 * One reconciliation pass at rest: `ms`, `requests` to the API server, and `decisions`, of which there should be none.
 * Then one while labs are spawned: the longest time between the ends of two spawns, as `gap.pass.ms` when the pass ran
 * meanwhile, else as `gap.ms`.
 */
export async function measurePass(arena: ScaleArena, users: readonly LabUser[]): Promise<Figures> {
  const { contender, controllers } = arena;
  const before = await kubernetesRequests(controllers.opsUrls);
  const rest = await timed(() => runPass(arena, 'scale-pass-at-rest'));
  const after = await kubernetesRequests(controllers.opsUrls);

  const ends: number[] = [performance.now()];
  const spawning = burst(
    users,
    LIMIT_MS,
    async (user) => {
      await contender.spawn(user, 'behaviour-fast');
      ends.push(performance.now());
    },
    WIDTH,
  );
  await Promise.race([spawning, delay(AROUND_MS)]);
  const from = performance.now();
  const busy = await timed(() => runPass(arena, 'scale-pass-with-spawns'));
  const to = performance.now();
  const spawned = await spawning;
  const gaps = ends.slice(1).map((end, index) => ({ end, begin: ends[index] ?? end }));
  const longest = (isCounted: (gap: (typeof gaps)[number]) => boolean): number =>
    Math.max(0, ...gaps.filter(isCounted).map(({ begin, end }) => end - begin));
  const isMeanwhile = ({ begin, end }: (typeof gaps)[number]): boolean => end >= from && begin <= to;
  return {
    ms: rest.ms,
    requests: total(after) - total(before),
    decisions: decisions(rest.value) + decisions(busy.value),
    'busy.ms': busy.ms,
    'gap.ms': longest((gap) => !isMeanwhile(gap)),
    'gap.pass.ms': longest(isMeanwhile),
    'spawn.failed': users.length - successes(spawned).length,
  };
}

function runPass({ temporal }: ScaleArena, workflowId: string): Promise<ReconciliationSummary> {
  return temporal.workflow.execute<() => Promise<ReconciliationSummary>>('reconcile', {
    workflowId,
    taskQueue: TASK_QUEUES.controller,
  });
}

const total = ({ reads = 0, writes = 0 }: Figures): number => reads + writes;

const decisions = ({ adopted, removed, told, reported }: ReconciliationSummary): number =>
  adopted.length + removed.length + told.length + reported.length;
