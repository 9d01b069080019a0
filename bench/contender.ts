import type { LabClient, LabUser, StreamEvent } from './lab-client';

/** What a client saw of one spawn; instants on the clock of `performance.now()`. */
export interface Spawned {
  /** When the create was answered; null where there is nobody to answer. */
  readonly acceptedAt: number | null;
  readonly events: readonly StreamEvent[];
}

/** Somebody who can make labs. Every method throws when what it promises does not come about. */
export interface Contender {
  readonly name: string;
  /** Resolves when the lab is known to run. */
  spawn(user: LabUser, imageTag: string): Promise<Spawned>;
  /** Resolves when the removal is answered; the namespace may take longer. */
  remove(user: LabUser): Promise<void>;
  /** Replaces a running lab, and resolves when the new one is known to run. */
  respawn(user: LabUser, imageTag: string): Promise<void>;
  close(): Promise<void>;
}

/** A controller behind its API, used as JupyterHub uses it: create, then the event stream to its end. */
export function controllerContender(name: string, client: LabClient): Contender {
  const spawn: Contender['spawn'] = async (user, imageTag) => {
    const status = await client.create(user, imageTag);
    const acceptedAt = performance.now();
    if (status !== 201) throw new Error(`${status} for the lab of ${user.username}`);
    const events: StreamEvent[] = [];
    const last = await client.follow(user, (event) => events.push(event));
    if (last?.event !== 'complete') {
      throw new Error(`the lab of ${user.username} did not start: ${last?.message ?? 'its stream ended'}`);
    }
    return { acceptedAt, events };
  };
  const remove: Contender['remove'] = async ({ username }) => {
    const status = await client.remove(username);
    if (status !== 204) throw new Error(`${status} for the removal of ${username}`);
  };
  return {
    name,
    spawn,
    remove,
    async respawn(user, imageTag) {
      await remove(user);
      await spawn(user, imageTag);
    },
    close: () => client.close(),
  };
}
