import { type HubClient, SpawnFailed } from '../../stack/hub-client';
import type { TestUser } from './world';

/** What became of one spawn of a burst. */
export interface Spawn {
  readonly username: string;
  /** Status of the answer to the request. */
  readonly accepted: number;
  /** Status of the lab in the end. */
  readonly status: string;
  readonly durationMs: number;
  /** How often its event stream ended before the spawn did. */
  readonly cuts: number;
}

/** Requests a lab, and follows its events to the end as the hub's spawner does: again when the stream is cut. */
async function spawn(hub: HubClient, { token, username }: TestUser, form: Form): Promise<Spawn> {
  const startedAt = performance.now();
  const { status: accepted } = await hub.create(username, token, { options: form });
  let cuts = 0;
  for (;;) {
    const isComplete = await isFollowed(hub, username, token);
    const { status } = await hub.read(username);
    const durationMs = performance.now() - startedAt;
    if (isComplete || status !== 'pending') return { username, accepted, status, durationMs, cuts };
    cuts += 1;
  }
}

type Form = Readonly<Record<string, readonly string[]>>;

/** Whether the spawn has ended while it was followed. */
async function isFollowed(hub: HubClient, username: string, token: string): Promise<boolean> {
  let isComplete = false;
  try {
    await hub.follow(username, token, ({ event }) => {
      isComplete = event === 'complete';
    });
    return isComplete;
  } catch (error) {
    if (error instanceof SpawnFailed) return true;
    // The connection was cut.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

export interface BurstPlan {
  readonly form: Form;
  readonly newUser: () => Promise<TestUser>;
  /** Number of spawns, at least. */
  readonly count: number;
  /** Number of spawns that go on at once: a slow machine has fewer of them in the same time. */
  readonly atOnce: number;
  /** More labs are requested until then. */
  readonly until?: Promise<unknown>;
}

/** Requests labs of new users, the next one whenever a spawn has ended, and resolves once all have. */
export async function burst(hub: HubClient, plan: BurstPlan): Promise<Spawn[]> {
  const { atOnce, count, form, newUser, until = Promise.resolve() } = plan;
  const spawns: Spawn[] = [];
  let begun = 0;
  const over = new AbortController();
  void until.finally(() => over.abort()).catch(() => undefined);
  const series = async (): Promise<void> => {
    while (begun < count || !over.signal.aborted) {
      begun += 1;
      spawns.push(await spawn(hub, await newUser(), form));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, series));
  return spawns;
}

/** A quantile of the durations of spawns, in ms. */
export function durationAt(quantile: number, spawns: readonly Spawn[]): number {
  const sorted = spawns.map(({ durationMs }) => durationMs).toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? 0;
}
