import { kubernetesApi } from '../../stack/kubernetes-api';
import { startStack } from '../../stack/start';
import type { Figures } from '../figures';
import { makeUsers } from '../users';
import { openScaleArena, type ScaleArena } from './arena';
import { type BurstOnTop, measureBurstOnTop } from './burst-on-top';
import { measureHubExits } from './exits';
import { growTo, removeLabs, spawnLabs } from './growth';
import { measureIdle } from './idle';
import type { ScaleOptions } from './options';
import { measurePass } from './pass';
import { measureReads, timed } from './reads';
import { measureRestart } from './restart';
import { addUnrelated } from './unrelated';

/** Figures by phase, in the order of the phases. */
export interface ScaleFigures {
  /** With no lab, as `idle`. */
  readonly start: Figures;
  /** A burst with no other lab. */
  readonly empty: Figures;
  /** While labs come; each with `running`. */
  readonly steps: readonly Figures[];
  /** At rest with the first of them, as `idle`; empty where that was not wanted. */
  readonly early: Figures;
  /** At rest with all `labs`. */
  readonly idle: Figures;
  readonly reads: Figures;
  readonly pass: Figures;
  readonly top: BurstOnTop;
  /** Empty without labs of the hub. */
  readonly exits: Figures;
  readonly restart: Figures;
}

const WARM_UP_LABS = 30;
const PASS_LABS = 60;
const RESTART_LABS = 20;

/** Gets the progress of a run. */
export interface ScaleReporter {
  readonly say: (line: string) => void;
  /** Gets the figures of each phase when it is over. */
  readonly keep: (phase: Partial<ScaleFigures>) => void;
}

/** Runs all phases on a stack of its own. */
export async function measureScale(options: ScaleOptions, reporter: ScaleReporter): Promise<ScaleFigures> {
  const { say } = reporter;
  const closing: (() => unknown)[] = [];
  try {
    const { temporal } = options;
    const name = `scale-${process.pid}`;
    const stack = await startStack({
      name,
      temporal,
      ...(options.exits > 0 ? { jupyterhub: 'full', labs: false } : {}),
      progress: say,
    });
    closing.push(() => stack.stop());
    const cluster = kubernetesApi(stack.kubernetes.adminKubeconfig);
    closing.push(() => cluster.close());
    const { pods, events } = options.unrelated;
    const added = await timed(() => addUnrelated(stack, cluster, options.unrelated));
    say(`${pods} unrelated pods and ${events} events after ${(added.ms / 1_000).toFixed(1)} s`);
    const opened = await timed(() => openScaleArena(stack, cluster, closing));
    say(`the controller is ready after ${(opened.ms / 1_000).toFixed(1)} s`);
    return await measurePhases(opened.value, options, reporter);
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

/** Runs the phases in order. `keep` gets the figures of each, so that they are not lost when a later one fails. */
async function measurePhases(
  arena: ScaleArena,
  options: ScaleOptions,
  { keep, say }: ScaleReporter,
): Promise<ScaleFigures> {
  const { labs } = options;
  const people = (prefix: string, count: number) =>
    makeUsers(arena.stack, prefix, Math.max(1, Math.min(count, labs)));
  const kept = <T extends Partial<ScaleFigures>>(phase: T): T => {
    keep(phase);
    return phase;
  };
  const start = kept({ start: await measureIdle(arena, options.idleMs / 4) });
  const warm = await people('warm', WARM_UP_LABS);
  await spawnLabs(arena, warm);
  await removeLabs(arena, warm);

  say('a burst with no other lab');
  const first = await people('first', options.burst);
  const empty = kept({ empty: await spawnLabs(arena, first) });
  say(describe(empty.empty));
  const atRest = async (present: number): Promise<Figures> => {
    say(`at rest with ${present} labs`);
    return { ...(await measureIdle(arena, options.idleMs)), labs: present };
  };
  const some = await growTo(arena, first, Math.min(options.also, labs), options, say);
  const early = kept({ early: options.also < labs ? await atRest(some.users.length) : {} });
  const { users, steps } = await growTo(arena, some.users, labs, options, say);
  const growth = kept({ steps: [...some.steps, ...steps] });
  const idle = kept({ idle: await atRest(users.length) });
  say('reads');
  const reads = kept({ reads: await measureReads(arena, users) });
  say('reconciliation');
  const passing = await people('pass', PASS_LABS);
  const pass = kept({ pass: await measurePass(arena, passing) });
  say(`a burst on top of ${users.length + passing.length} labs`);
  const more = await people('top', options.burst);
  const top = kept({ top: await measureBurstOnTop(arena, more, options.checkMs) });
  say(describe(top.top.spawns));
  say('labs of the hub that end');
  const exits = kept({ exits: options.exits > 0 ? await measureHubExits(arena, options.exits) : {} });
  say('a restart');
  const last = await people('last', RESTART_LABS);
  const restart = { restart: await measureRestart(arena, [...users, ...passing], last) };
  return {
    ...start,
    ...empty,
    ...early,
    ...growth,
    ...idle,
    ...reads,
    ...pass,
    ...top,
    ...exits,
    ...restart,
  };
}

function describe(figures: Figures): string {
  return `${figures['spawn.perSecond']?.toFixed(1)}/s, ${figures['spawn.failed']} failed`;
}
