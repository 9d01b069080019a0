import type { LabClient, LabUser, StreamEvent } from './lab-client';

/** Instants of one spawn for a client, by the clock of `performance.now()`. */
export interface Spawned {
  /** When the create was answered; null without a controller. */
  readonly acceptedAt: number | null;
  readonly events: readonly StreamEvent[];
}

/** A way to create labs. Every method throws when the lab does not reach the state. */
export interface Contender {
  readonly name: string;
  /** Resolves when the client has learned that the lab runs. */
  spawn(user: LabUser, imageTag: string): Promise<Spawned>;
  /** Resolves when the deletion is answered; the namespace may still exist. */
  remove(user: LabUser): Promise<void>;
  /** Replaces a running lab. Resolves when the client has learned that the new one runs. */
  respawn(user: LabUser, imageTag: string): Promise<void>;
  close(): Promise<void>;
}

/** A controller behind its API, with JupyterHub's requests: create, then the event stream to its end. */
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
