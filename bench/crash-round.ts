import { setTimeout as delay } from 'node:timers/promises';
import { burst, successes } from './burst';
import { type DeletedFact, type StreamFact, type Violation, violationsOf } from './checker';
import type { SeenObject } from './cluster-view';
import type { CrashArena } from './crash-arena';
import { type Kill, planKills } from './crash-plan';
import type { LabClient, LabUser } from './lab-client';
import { leftovers } from './leftovers';

/** What came of one round. */
export interface CrashReport {
  readonly seed: number;
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
  readonly violations: readonly Violation[];
}

type Answer = 'accepted' | 'refused' | 'unclear';

const CREATE_LIMIT_MS = 60_000;
const SERVED_LIMIT_MS = 120_000;
/** For what is true soon but not at once: lists that are remembered, visibility of workflows. */
const AGREEMENT_LIMIT_MS = 60_000;
const REMOVAL_LIMIT_MS = 180_000;
const RETRY_MS = 200;

/**
 * Spawns a burst, kills and restarts every process during its first `windowMs`, waits until every accepted
 * lab runs or its time is up, has everything checked, and removes it all again.
 */
export async function crashRound(
  arena: CrashArena,
  users: readonly LabUser[],
  seed: number,
  windowMs: number,
): Promise<CrashReport> {
  const { controllers, view } = arena;
  const kills = planKills(seed, windowMs);
  view.takeSeen();
  const startedAt = performance.now();
  const killed = Promise.all(
    kills.map(async ({ kind, atMs }) => {
      await delay(Math.max(0, startedAt + atMs - performance.now()));
      await controllers.replace(kind);
    }),
  );
  const streams: StreamFact[] = [];
  const spawned = await burst(users, CREATE_LIMIT_MS + SERVED_LIMIT_MS, async (user) => {
    const answer = await ask(arena.client, user);
    if (answer === 'accepted') streams.push(await watch(arena.client, user));
    return { user, answer };
  });
  const servedMs = performance.now() - startedAt;
  await killed;

  const answered = successes(spawned).map(({ value }) => value);
  const withAnswer = (wanted: Answer) =>
    answered.filter(({ answer }) => answer === wanted).map(({ user }) => user.username);
  const accepted = withAnswer('accepted');
  const violations = await checked(arena, accepted, streams);
  await burst(users, REMOVAL_LIMIT_MS, ({ username }) => arena.client.remove(username));
  violations.push(...(await leftovers(arena)));
  const usersWith = (kind: Violation['kind']) =>
    new Set(violations.filter((complaint) => complaint.kind === kind).map(({ username }) => username)).size;
  return {
    seed,
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
    violations,
  };
}

/** A hub does not ask again when its create is not answered; its user does. */
async function ask(client: LabClient, user: LabUser): Promise<Answer> {
  try {
    const status = await client.create(user, 'behaviour-fast');
    if (status === 201) return 'accepted';
    return status >= 500 ? 'unclear' : 'refused';
  } catch (error) {
    return codeOf(error) === 'ECONNREFUSED' ? 'refused' : 'unclear';
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Watches a spawn to its end, coming back after the last event seen whenever the stream breaks. */
async function watch(client: LabClient, user: LabUser): Promise<StreamFact> {
  const deadline = performance.now() + SERVED_LIMIT_MS;
  const ids: string[] = [];
  let ending: string | null = null;
  while (ending === null && performance.now() < deadline) {
    try {
      const last = await client.follow(user, ({ id }) => ids.push(id), ids.at(-1));
      ending = last?.event ?? null;
    } catch {
      // Killed or not yet restarted; the deadline ends it.
    }
    if (ending === null) await delay(RETRY_MS);
  }
  return { username: user.username, ids, ending };
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
