import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesApi } from '../stack/kubernetes-api';
import type { RunningStack } from '../stack/start';
import { type Burst, burst, successes } from './burst';
import { type ClusterView, podEventKey } from './cluster-view';
import type { Contender, Spawned } from './contender';
import { type Figures, growth, latencies, medians } from './figures';
import type { LabClient, LabUser } from './lab-client';
import { cpuTimes, kubernetesRequests, openWatches, type Pids, residentMemory } from './meters';
import { makeUsers } from './users';

/** A contender with the sources of its other figures. */
export interface Measured {
  readonly contender: Contender;
  /** Its own processes, besides those of the stack. */
  readonly pids: () => Pids;
  /** Metrics pages that count its requests to the API server; empty without such pages. */
  readonly opsUrls: readonly string[];
  /** Reads states; absent for a contender without any. */
  readonly client?: LabClient;
  /** Kills and restarts all its processes; resolves with the duration until they are ready. */
  readonly restart?: () => Promise<number>;
}

/** Stack and view of a round. */
export interface Arena {
  readonly stack: RunningStack;
  readonly cluster: KubernetesApi;
  readonly view: ClusterView;
}

export interface RoundOptions {
  readonly labs: number;
  readonly hasSlow: boolean;
  readonly hasRespawn: boolean;
  /** Number of kills and restarts of the controller with labs running, at the end. */
  readonly restarts: number;
}

const LIMIT_MS = 300_000;
/** Pause after a burst. Pods deleted at the moment of their start sometimes stay in the simulated kubelet. */
const SETTLE_MS = 500;
const STATUS_READS = 500;

/** Measures one round of a contender: its bursts and their costs, starting with an empty cluster. */
export async function measureRound(
  arena: Arena,
  measured: Measured,
  options: RoundOptions,
): Promise<Figures> {
  const { hasSlow, restarts } = options;
  const fast = await fastRound(arena, measured, options);
  const needsSecond = hasSlow || (restarts > 0 && measured.restart !== undefined);
  return { ...fast, ...(needsSecond ? await secondRound(arena, measured, options) : {}) };
}

/** Spawns and removes labs without measuring, so that code is compiled and caches are filled. */
export async function warmUp(arena: Arena, { contender }: Measured, labs: number): Promise<void> {
  const users = await freshUsers(arena, labs);
  const spawned = await burst(users, LIMIT_MS, (user) => contender.spawn(user, 'behaviour-fast'));
  await delay(SETTLE_MS);
  const removed = await burst(users, LIMIT_MS, (user) => contender.remove(user));
  for (const outcome of [...spawned.outcomes, ...removed.outcomes]) if (!outcome.ok) throw outcome.error;
}

async function fastRound(arena: Arena, measured: Measured, options: RoundOptions): Promise<Figures> {
  const { labs, hasRespawn } = options;
  const { contender } = measured;
  const { view } = arena;
  const users = await freshUsers(arena, labs);
  const watchesBefore = await openWatches(arena.cluster);

  const spawned = await metered(arena, measured, 'spawn', labs, () =>
    burst(users, LIMIT_MS, (user) => contender.spawn(user, 'behaviour-fast')),
  );
  const figures: Record<string, number> = {
    ...spawned.figures,
    ...spawnFigures('spawn', spawned.burst, labs),
    ...latencies('event.running', await runningToComplete(view, users, spawned.burst)),
    ...growth('memory', {}, residentMemory(allPids(arena, measured)), 1),
    ...(await statusFigures(measured, users)),
    'watches.all': await openWatches(arena.cluster),
  };
  figures['watches.perLab'] = ((figures['watches.all'] ?? 0) - watchesBefore) / labs;

  if (hasRespawn) {
    const respawned = await burst(users, LIMIT_MS, (user) => contender.respawn(user, 'behaviour-fast'));
    Object.assign(figures, latencies('respawn', durations(respawned)));
    figures['respawn.failed'] = labs - successes(respawned).length;
  }
  return { ...figures, ...(await removalFigures(arena, measured, users)) };
}

/** The burst of slow pods and the restarts, after which the first round's removals would start cold. */
async function secondRound(arena: Arena, measured: Measured, options: RoundOptions): Promise<Figures> {
  const { labs, hasSlow, restarts } = options;
  const users = await freshUsers(arena, labs);
  const podEvents = arena.view.followPodEvents();
  await delay(SETTLE_MS);
  const imageTag = hasSlow ? 'behaviour-slow' : 'behaviour-fast';
  const spawned = await burst(users, LIMIT_MS, (user) => measured.contender.spawn(user, imageTag));
  podEvents.stop();
  const restarted: Figures[] = [];
  for (let count = 0; count < restarts; count += 1) restarted.push(await restartFigures(measured, users));
  await delay(SETTLE_MS);
  await burst(users, LIMIT_MS, (user) => measured.contender.remove(user));
  return {
    ...(hasSlow ? spawnFigures('slow', spawned, labs) : {}),
    ...latencies('event.kubernetes', eventLags(users, spawned, podEvents.instants)),
    ...medians(restarted),
  };
}

/** From the observation of an event about a pod in the cluster to its text on the event stream. */
function eventLags(
  users: readonly LabUser[],
  { outcomes }: Burst<Spawned>,
  instants: ReadonlyMap<string, number>,
): number[] {
  return users.flatMap(({ username }, index) => {
    const outcome = outcomes[index];
    return (outcome?.ok ? outcome.value.events : []).flatMap(({ message, at }) => {
      const happenedAt = instants.get(podEventKey(username, message));
      return happenedAt === undefined ? [] : [at - happenedAt];
    });
  });
}

/** New users, once nothing is left of earlier labs and the machine is idle. */
async function freshUsers({ stack, view }: Arena, count: number): Promise<LabUser[]> {
  const users = await makeUsers(stack, 'bench', count);
  await view.quiet(LIMIT_MS);
  await delay(SETTLE_MS);
  return users;
}

function allPids({ stack }: Arena, { pids }: Measured): Pids {
  return { ...pids(), ...stack.pids, bench: process.pid };
}

/** Runs a burst between two readings of CPU times and requests, which are divided by the number of labs. */
async function metered<T>(
  arena: Arena,
  measured: Measured,
  name: string,
  labs: number,
  run: () => Promise<Burst<T>>,
) {
  const { opsUrls } = measured;
  const requestsBefore = await kubernetesRequests(opsUrls);
  const cpuBefore = cpuTimes(allPids(arena, measured));
  const done = await run();
  await delay(SETTLE_MS);
  const cpu = growth(`cpuMs.${name}`, cpuBefore, cpuTimes(allPids(arena, measured)), labs);
  const requests = await kubernetesRequests(opsUrls);
  const own = Object.keys(measured.pids()).reduce((sum, pid) => sum + (cpu[`cpuMs.${name}.${pid}`] ?? 0), 0);
  return {
    burst: done,
    figures: {
      ...cpu,
      ...(own > 0 ? { [`cpuMs.${name}.own`]: own } : {}),
      ...growth(`requests.${name}`, requestsBefore, requests, labs),
    },
  };
}

/** Latencies, rate and failures of a burst of spawns, named `<name>.…`. */
export function spawnFigures(name: string, spawned: Burst<Spawned>, labs: number): Figures {
  const good = successes(spawned);
  const answers = good.flatMap(({ value: { acceptedAt }, begunAt }) =>
    acceptedAt === null ? [] : [acceptedAt - begunAt],
  );
  return {
    ...latencies(name, durations(spawned)),
    ...latencies(`${name}.answered`, answers),
    [`${name}.perSecond`]: good.length / (spawned.durationMs / 1000),
    [`${name}.failed`]: labs - good.length,
  };
}

function durations<T>(done: Burst<T>): number[] {
  return successes(done).map(({ durationMs }) => durationMs);
}

/** From the observation of the running pod in the cluster to the event `complete`, for each lab. */
async function runningToComplete(
  view: ClusterView,
  users: readonly LabUser[],
  { outcomes }: Burst<Spawned>,
): Promise<number[]> {
  const lags = users.map(async ({ username }, index) => {
    const outcome = outcomes[index];
    const complete = outcome?.ok ? outcome.value.events.at(-1) : undefined;
    return complete ? [complete.at - (await view.podRunning(username))] : [];
  });
  return (await Promise.all(lags)).flat();
}

async function statusFigures({ client }: Measured, users: readonly LabUser[]): Promise<Figures> {
  if (!client) return {};
  const samples: number[] = [];
  for (let read = 0; read < STATUS_READS; read += 1) {
    const startedAt = performance.now();
    await client.read(users[read % users.length]?.username ?? '');
    samples.push(performance.now() - startedAt);
  }
  return latencies('status', samples);
}

async function restartFigures({ restart, client }: Measured, users: readonly LabUser[]): Promise<Figures> {
  if (!restart || !client) return {};
  const readyMs = await restart();
  const states = await Promise.all(users.map(({ username }) => client.read(username)));
  const lost = states.filter((state) => state?.status !== 'running').length;
  return { 'restart.readyMs': readyMs, 'restart.notRunning': lost };
}

async function removalFigures(arena: Arena, measured: Measured, users: readonly LabUser[]): Promise<Figures> {
  await delay(SETTLE_MS);
  const startedAt = performance.now();
  const gone: Promise<number>[] = [];
  const removed = await metered(arena, measured, 'delete', users.length, () =>
    burst(users, LIMIT_MS, async (user) => {
      gone.push(arena.view.namespaceGone(user.username));
      await measured.contender.remove(user);
    }),
  );
  const ends = await Promise.all(gone);
  return {
    ...removed.figures,
    ...latencies('delete.answered', durations(removed.burst)),
    ...latencies(
      'delete.gone',
      ends.map((end) => end - startedAt),
    ),
    'delete.failed': users.length - successes(removed.burst).length,
  };
}
