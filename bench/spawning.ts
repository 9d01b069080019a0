import { setTimeout as delay } from 'node:timers/promises';
import type { StreamFact } from './checker';
import type { LabClient, LabUser } from './lab-client';

/** How a create ended: accepted with 201; refused; unclear when the lab may exist or not. */
export type Answer = 'accepted' | 'refused' | 'unclear';

/** Pause before a broken stream is followed again. */
const RETRY_MS = 200;

/** Requests a lab once: a hub does not ask again when its create is not answered; its user does. */
export async function ask(client: LabClient, user: LabUser): Promise<Answer> {
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

/**
 * Watches a spawn to its end, coming back after the last event seen whenever the stream breaks; gives up after
 * `limitMs`.
 */
export async function watchToTheEnd(client: LabClient, user: LabUser, limitMs: number): Promise<StreamFact> {
  const deadline = performance.now() + limitMs;
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
