import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesApi } from '../../stack/kubernetes-api';
import type { OwnStack } from '../../stack/start';
import { burst } from '../burst';
import type { Violation } from '../checker';
import type { ClusterView, SeenObject } from '../cluster-view';
import type { LabUser } from '../lab-client';
import { leftovers } from '../leftovers';
import { atRest, disagreements, type HubObservers } from './agreement';
import type { HubPhase, HubRoundPlan } from './crash-plan';
import { type Fate, fateOf } from './fates';
import { releasePods, WAITS } from './waiting-pods';

/** Stack, hub and observers of rounds with a killed hub. */
export interface HubArena extends HubObservers {
  readonly stack: OwnStack;
  readonly view: ClusterView;
  readonly cluster: KubernetesApi;
}

/** Result of one round; counts are of users. */
export interface HubReport extends Readonly<Record<Fate, number>> {
  readonly seed: number;
  readonly plan: HubRoundPlan;
  /** Labs gone after the restart of a hub that was killed while it was to stop them. */
  readonly stopped: number;
  /** Labs that the hub still has then, since the controller had not received the stop; stopped by a second request. */
  readonly kept: number;
  readonly orphaned: number;
  readonly duplicated: number;
  readonly untrue: number;
  /** From the first answer of the restarted hub until every lab was ready or known not to exist. */
  readonly settledMs: number;
  readonly violations: readonly Violation[];
}

const IMAGES = [WAITS, 'behaviour-slow', 'behaviour-fast'] as const;
const ACT_LIMIT_MS = 120_000;
const HUB_LIMIT_MS = 90_000;
const LOOK_MS = 100;

/**
 * Users start their labs and then stop them. Kills the hub during both, restarts it, and runs the checks at rest.
 * Users whose lab did not start start it again.
 */
export async function hubRound(
  arena: HubArena,
  users: readonly LabUser[],
  seed: number,
  plan: HubRoundPlan,
): Promise<HubReport> {
  const { hub, view } = arena;
  const stop = ({ username }: LabUser) => hub.stop(username);
  await Promise.all(users.map((user) => hub.logIn(user)));
  view.takeSeen();

  const { podsWaitMs } = plan.starting;
  const start = ({ username }: LabUser, index: number) =>
    hub.start(username, IMAGES[index % IMAGES.length] ?? IMAGES[0]);
  const ready = await throughCrash(arena, users, plan.starting, start, async () => {
    await delay(podsWaitMs);
    await releasePods(arena.cluster);
  });
  // Pods that were created after the first release.
  await releasePods(arena.cluster);
  const upAt = performance.now();
  const found = await atRest(arena, users);
  const settledMs = performance.now() - upAt;
  const first = view.takeSeen();
  const fates = found.map(({ user: { username }, hub: fact, lab }) => {
    const wasMade = first.namespaces.some((namespace) => namespace.username === username);
    const fate = fateOf(fact, lab, { wasReady: ready.has(username), wasMade });
    return { username, fate };
  });
  const withFate = (...wanted: readonly Fate[]) =>
    fates.filter(({ fate }) => wanted.includes(fate)).map(({ username }) => username);

  const again = withFate('unheard', 'forgotten', 'lost');
  await burst(again, ACT_LIMIT_MS, (username) => hub.start(username, 'behaviour-fast'));
  await atRest(arena, users);
  const second = view.takeSeen();
  const replaced = new Set(withFate('forgotten', 'lost'));
  const everybody = users.map(({ username }) => username);
  const afterStart = await disagreements(arena, users, everybody, {
    namespacesMade: countsByUser([...first.namespaces, ...second.namespaces], replaced),
    podsMade: countsByUser([...first.pods, ...second.pods], replaced),
  });

  await throughCrash(arena, users, plan.stopping, stop);
  const left = await atRest(arena, users);
  const kept = left.filter(({ lab }) => lab.status !== null).map(({ user }) => user);
  const nothingMade = { namespacesMade: new Map<string, number>(), podsMade: new Map<string, number>() };
  const keptNames = kept.map(({ username }) => username);
  const afterStop = await disagreements(arena, users, keptNames, nothingMade);
  await burst(kept, ACT_LIMIT_MS, stop);
  await atRest(arena, users);
  const atTheEnd = [...(await disagreements(arena, users, [], nothingMade)), ...(await leftovers(arena))];

  const violations = [
    ...withFate('lost').map(lost),
    ...withFate('forgotten').map(forgotten),
    ...afterStart,
    ...afterStop,
    ...atTheEnd,
  ];
  const usersWith = (kind: Violation['kind']) =>
    new Set(violations.filter((complaint) => complaint.kind === kind).map(({ username }) => username)).size;
  return {
    seed,
    plan,
    ready: withFate('ready').length,
    adopted: withFate('adopted').length,
    unheard: withFate('unheard').length,
    forgotten: withFate('forgotten').length,
    stopped: users.length - kept.length,
    kept: kept.length,
    lost: usersWith('lost'),
    orphaned: usersWith('orphaned'),
    duplicated: usersWith('duplicated'),
    untrue: usersWith('untrue'),
    settledMs,
    violations,
  };
}

function lost(username: string): Violation {
  return { kind: 'lost', username, message: 'gone after the restart of the hub' };
}

function forgotten(username: string): Violation {
  return { kind: 'orphaned', username, message: 'at the controller without a record at the hub' };
}

/** Number of different objects observed per user, without some users. */
function countsByUser(seen: readonly SeenObject[], except: ReadonlySet<string>): Map<string, number> {
  const objects = new Map(seen.map((object) => [object.uid, object]));
  const byUser = Map.groupBy(objects.values(), ({ username }) => username);
  const counts = [...byUser].map(([username, ofUser]) => [username, ofUser.length] as const);
  return new Map(counts.filter(([username]) => !except.has(username)));
}

/** All users act while the hub is killed. Waits for its successor; returns the users whose server was ready before. */
async function throughCrash(
  { stack, hub }: HubArena,
  users: readonly LabUser[],
  { beginsAtMs, kill }: HubPhase,
  act: (user: LabUser, index: number) => Promise<number>,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<ReadonlySet<string>> {
  const acting = burst([...users.entries()], ACT_LIMIT_MS, async ([index, user]) => {
    await delay(beginsAtMs[index] ?? 0);
    await act(user, index);
  });
  await delay(kill.atMs);
  const ready = await readyOf(hub, users);
  await stack.kill('jupyterhub');
  await delay(kill.pauseMs);
  await stack.revive('jupyterhub');
  await meanwhile();
  await acting;
  const deadline = performance.now() + HUB_LIMIT_MS;
  while (!(await hub.isUp())) {
    if (performance.now() > deadline) throw new Error('the hub does not come back');
    await delay(LOOK_MS);
  }
  return ready;
}

async function readyOf(hub: HubArena['hub'], users: readonly LabUser[]): Promise<ReadonlySet<string>> {
  const servers = await Promise.all(
    users.map(async ({ username }) => [username, await hub.server(username)] as const),
  );
  return new Set(servers.filter(([, server]) => server?.isReady).map(([username]) => username));
}
