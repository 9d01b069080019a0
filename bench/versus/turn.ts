import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesApi } from '../../stack/kubernetes-api';
import type { RunningStack } from '../../stack/start';
import { type Burst, burst, successes } from '../burst';
import type { ClusterView } from '../cluster-view';
import { type Figures, growth, latencies } from '../figures';
import type { LabUser } from '../lab-client';
import { cpuTimes, type Pids, residentMemory } from '../meters';
import { percentile } from '../statistics';
import { makeUsers } from '../users';
import type { Contestant, RunningContestant } from './contestants';
import { requestsOf } from './requests';
import type { Site } from './site';

/** What all contestants run on. */
export interface Arena {
  readonly stack: RunningStack;
  readonly cluster: KubernetesApi;
  readonly view: ClusterView;
  readonly site: Site;
}

/** What is measured of a contestant in one turn: of single labs, and by the number of labs of a burst. */
export interface TurnFigures {
  readonly single: Figures;
  readonly bursts: Readonly<Record<number, Figures>>;
}

const LIMIT_MS = 300_000;

/** Labs that are begun, and deleted, at a time; further ones wait. */
const WIDTH = 100;
const READERS = 16;
const READS = 1_000;
const WARM_UP_LABS = 20;
const SINGLE_LABS = 3;

/** After which processes have done what is left of a burst. */
const SETTLE_MS = 500;

/** After which a controller that has just started rests. */
const IDLE_MS = 2_000;

/** Starts a contestant on an empty cluster, measures it, and stops it. */
export async function takeTurn(
  arena: Arena,
  contestant: Contestant,
  sizes: readonly number[],
): Promise<TurnFigures> {
  await arena.view.quiet(LIMIT_MS);
  const running = await contestant.start();
  try {
    const single = await measureSingle(arena, running);
    const bursts: Record<number, Figures> = {};
    for (const labs of sizes) bursts[labs] = await measureBurst(arena, contestant, running, labs);
    // What goes on after the last answer needs it.
    await arena.view.quiet(LIMIT_MS);
    return { single, bursts };
  } finally {
    await running.stop();
  }
}

/** New users with quotas and groups, once nothing is left of earlier labs. */
export async function freshUsers({ stack, view }: Arena, count: number): Promise<LabUser[]> {
  const groups = Array.from({ length: 8 }, (_, index) => ({ name: `project-${index}`, id: 7_000 + index }));
  const quota = { api: {}, tap: {}, notebook: { cpu: 9, memory: 27, spawn: true } };
  const users = await makeUsers(stack, 'versus', count, {
    name: 'A Scientist',
    gid: 7_000,
    groups,
    quota,
  });
  await view.quiet(LIMIT_MS);
  await delay(SETTLE_MS);
  return users;
}

const sum = (figures: Figures): number => Object.values(figures).reduce((total, value) => total + value, 0);

/** Starts and deletes labs without measuring, so that code is compiled and caches are filled. Returns the failures. */
export async function warmUp(arena: Arena, { contender }: RunningContestant): Promise<number> {
  const users = await freshUsers(arena, WARM_UP_LABS);
  const spawned = await burst(users, LIMIT_MS, (user) => contender.spawn(user, arena.site.imageTag));
  const removed = await burst(users, LIMIT_MS, (user) => contender.remove(user));
  return failuresOf(spawned) + failuresOf(removed);
}

/** Memory without labs, then one lab after the other, after some that are not measured. */
async function measureSingle(arena: Arena, running: RunningContestant): Promise<Figures> {
  const { contender, pids } = running;
  await delay(IDLE_MS);
  const idle = sum(residentMemory(pids()));
  const failedBefore = await warmUp(arena, running);
  const users = await freshUsers(arena, SINGLE_LABS);
  const spawned = await burst(users, LIMIT_MS, (user) => contender.spawn(user, arena.site.imageTag), 1);
  await delay(SETTLE_MS);
  const removed = await burst(users, LIMIT_MS, (user) => contender.remove(user), 1);
  return {
    ...(idle > 0 ? { 'memory.idle': idle } : {}),
    ...latencies('spawn', durations(spawned)),
    ...latencies('delete', durations(removed)),
    failed: failedBefore + failuresOf(spawned) + failuresOf(removed),
  };
}

const durations = (done: Burst<unknown>): number[] => successes(done).map(({ durationMs }) => durationMs);

const failuresOf = (done: Burst<unknown>): number => done.outcomes.length - successes(done).length;

async function measureBurst(
  arena: Arena,
  contestant: Contestant,
  running: RunningContestant,
  labs: number,
): Promise<Figures> {
  const { contender, pids } = running;
  const { cluster, site } = arena;
  const users = await freshUsers(arena, labs);
  const requestsBefore = await requestsOf(cluster, contestant.user);
  const cpuBefore = cpuTimes(allPids(arena, pids()));
  const spawned = await burst(users, LIMIT_MS, (user) => contender.spawn(user, site.imageTag), WIDTH);
  await delay(SETTLE_MS);
  const cpu = growth('cpu', cpuBefore, cpuTimes(allPids(arena, pids())), labs);
  const requests = (await requestsOf(cluster, contestant.user)) - requestsBefore;
  const answers = successes(spawned).flatMap(({ value: { acceptedAt }, begunAt }) =>
    acceptedAt === null ? [] : [acceptedAt - begunAt],
  );
  const own = Object.keys(pids()).map((name) => cpu[`cpu.${name}`] ?? 0);
  const memory = sum(residentMemory(pids()));
  const reads = await measureReads(running, users);
  const removed = await burst(users, LIMIT_MS, (user) => contender.remove(user), WIDTH);
  return {
    'spawn.perSecond': successes(spawned).length / (spawned.durationMs / 1_000),
    ...latencies('spawn', durations(spawned)),
    ...latencies('answered', answers),
    ...cpu,
    ...(own.length > 0 ? { 'cpu.own': own.reduce((total, value) => total + value, 0), memory } : {}),
    requests: requests / labs,
    ...reads,
    ...latencies('delete', durations(removed)),
    failed: failuresOf(spawned) + failuresOf(removed),
  };
}

function allPids({ stack }: Arena, own: Pids): Pids {
  return { ...own, ...stack.pids, bench: process.pid };
}

/** Reads states of labs, several at a time. */
async function measureReads({ controller }: RunningContestant, users: readonly LabUser[]): Promise<Figures> {
  if (!controller) return {};
  const reads = Array.from({ length: READS }, (_, index) => users[index % users.length]?.username ?? '');
  const done = await burst(reads, LIMIT_MS, (username) => controller.client.read(username), READERS);
  return {
    'status.perSecond': successes(done).length / (done.durationMs / 1_000),
    'status.p99Ms': percentile(durations(done), 0.99),
  };
}
