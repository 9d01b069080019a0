import { setTimeout as delay } from 'node:timers/promises';
import { burst, successes } from './burst';
import { type DeletedFact, type StreamFact, type Violation, violationsOf } from './checker';
import type { SeenObject } from './cluster-view';
import type { CrashArena } from './crash-arena';
import { type Kill, type Part, planKills } from './crash-plan';
import type { LabUser } from './lab-client';
import { leftovers } from './leftovers';
import { type Answer, ask, watchToTheEnd } from './spawning';

/** What came of one round. */
export interface CrashReport {
  readonly seed: number;
  readonly part: Part;
  readonly kills: readonly Kill[];
  /** Creates answered with 201. */
  readonly accepted: number;
  /** Creates refused by a client error or for want of a connection: no client expects these labs. */
  readonly refused: number;
  /** Creates that ended in a server error or a broken connection: the lab may exist or not. */
  readonly unclear: number;
  readonly finished: number;
  readonly lost: number;
  readonly orphaned: number;
  readonly duplicated: number;
  readonly untrue: number;
  readonly touched: number;
  /** From the start of the burst until the last accepted spawn was told complete. */
  readonly servedMs: number;
  /** The same of each accepted spawn that was, in any order. */
  readonly durationsMs: readonly number[];
  /** Steps of accepted spawns that Temporal found lost: without a kill there should be none. */
  readonly stepsLost: number;
  readonly violations: readonly Violation[];
}

/** What one round is about. */
export interface CrashRoundPlan {
  readonly part: Part;
  readonly seed: number;
  readonly windowMs: number;
}

const CREATE_LIMIT_MS = 60_000;
const SERVED_LIMIT_MS = 120_000;
/** For what is true soon but not at once: lists that are remembered, visibility of workflows. */
const AGREEMENT_LIMIT_MS = 60_000;
const REMOVAL_LIMIT_MS = 180_000;

/**
 * Spawns a burst, kills and restarts the processes of a part during its first `windowMs`, waits until every accepted
 * lab runs or its time is up, has everything checked, and removes it all again.
 */
export async function crashRound(
  arena: CrashArena,
  users: readonly LabUser[],
  { part, seed, windowMs }: CrashRoundPlan,
): Promise<CrashReport> {
  const { controllers, observers, view } = arena;
  const kills = planKills(part, seed, windowMs);
  view.takeSeen();
  const startedAt = performance.now();
  const killed = Promise.all(
    kills.map(async ({ kind, atMs }) => {
      await delay(Math.max(0, startedAt + atMs - performance.now()));
      await controllers.replace(kind, kind === 'watcher' ? (await observers.activeWatcher())?.pid : null);
    }),
  );
  const streams: StreamFact[] = [];
  const spawned = await burst(users, CREATE_LIMIT_MS + SERVED_LIMIT_MS, async (user) => {
    const answer = await ask(arena.client, user);
    const stream = answer === 'accepted' ? await watchToTheEnd(arena.client, user, SERVED_LIMIT_MS) : null;
    if (stream) streams.push(stream);
    return { user, answer, isComplete: stream?.ending === 'complete', endedAt: performance.now() };
  });
  const servedMs = performance.now() - startedAt;
  await killed;

  const answered = successes(spawned).map(({ value }) => value);
  const withAnswer = (wanted: Answer) =>
    answered.filter(({ answer }) => answer === wanted).map(({ user }) => user.username);
  const accepted = withAnswer('accepted');
  const losses = await Promise.all(accepted.map((username) => observers.lossesOf(username)));
  const violations = await checked(arena, accepted, streams);
  await burst(users, REMOVAL_LIMIT_MS, ({ username }) => arena.client.remove(username));
  violations.push(...(await leftovers(arena)));
  const usersWith = (kind: Violation['kind']) =>
    new Set(violations.filter((complaint) => complaint.kind === kind).map(({ username }) => username)).size;
  return {
    seed,
    part,
    kills,
    accepted: accepted.length,
    refused: withAnswer('refused').length,
    unclear: withAnswer('unclear').length,
    finished: accepted.length - usersWith('lost'),
    lost: usersWith('lost'),
    orphaned: usersWith('orphaned'),
    duplicated: usersWith('duplicated'),
    untrue: usersWith('untrue'),
    touched: usersWith('touched'),
    servedMs,
    durationsMs: answered.flatMap(({ isComplete, endedAt }) => (isComplete ? [endedAt - startedAt] : [])),
    stepsLost: losses.flat().length,
    violations,
  };
}

/** Asks the observers until they agree, and gives what they still disagree about when time is up. */
async function checked(
  { view, observers }: CrashArena,
  accepted: readonly string[],
  streams: readonly StreamFact[],
): Promise<Violation[]> {
  const { namespaces, pods } = view.takeSeen();
  const [namespacesMade, podsMade] = [countByUser(namespaces), countByUser(pods)];
  // So far the round has ended no lab.
  const deleted = [...deletedOf('namespace', namespaces), ...deletedOf('pod', pods)];
  const round = { accepted, streams, namespacesMade, podsMade, deleted };
  const deadline = performance.now() + AGREEMENT_LIMIT_MS;
  for (;;) {
    const facts = await observers.ask(accepted);
    const violations = violationsOf({ ...facts, ...round });
    if (violations.length === 0 || performance.now() > deadline) return violations;
    await delay(1_000);
  }
}

function deletedOf(kind: DeletedFact['kind'], seen: readonly SeenObject[]): DeletedFact[] {
  return seen.flatMap(({ isDeleted, spawnId, username }) => (isDeleted ? [{ kind, spawnId, username }] : []));
}

function countByUser(seen: readonly SeenObject[]): Map<string, number> {
  const byUser = Map.groupBy(seen, ({ username }) => username);
  return new Map([...byUser].map(([username, ofUser]) => [username, ofUser.length]));
}
