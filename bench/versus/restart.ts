import { setTimeout as delay } from 'node:timers/promises';
import { burst } from '../burst';
import type { Figures } from '../figures';
import type { LabClient } from '../lab-client';
import type { Contestant } from './contestants';
import { type Arena, freshUsers, warmUp } from './turn';

const LABS = 50;
const KILL_AFTER_MS = 1_000;
const CREATE_LIMIT_MS = 60_000;

/** Within which a controller that has been killed answers again, and its labs have begun or failed. */
const PATIENCE_MS = 240_000;
const POLL_MS = 50;

/**
 * Kills all processes of a controller in a burst of creates, starts them again at once, and counts the labs that were
 * accepted and do not run in the end. Undefined for a contestant that has no API.
 */
export async function measureRestart(arena: Arena, contestant: Contestant): Promise<Figures | undefined> {
  await arena.view.quiet(PATIENCE_MS);
  const running = await contestant.start();
  try {
    const { controller } = running;
    if (!controller) return undefined;
    const { client } = controller;
    await warmUp(arena, running);
    const users = await freshUsers(arena, LABS);
    const accepted = new Set<string>();
    const created = burst(users, CREATE_LIMIT_MS, async (user) => {
      const status = await client.create(user, arena.site.imageTag);
      if (status === 201) accepted.add(user.username);
    });
    await delay(KILL_AFTER_MS);
    const killedAt = performance.now();
    const restarted = controller.restart();
    await created;
    await untilAnswering(client);
    const awayMs = performance.now() - killedAt;
    await restarted;
    const lost = await untilSettled(client, accepted);
    const settledMs = performance.now() - killedAt;
    await burst(users, CREATE_LIMIT_MS, ({ username }) => client.remove(username));
    await removeLabs(arena);
    return {
      'restart.accepted': accepted.size,
      'restart.lost': lost,
      'restart.awayMs': awayMs,
      'restart.settledMs': settledMs,
    };
  } finally {
    await running.stop();
  }
}

/** A user who has no lab is unknown to a controller that answers. */
async function untilAnswering(client: LabClient): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await client.read('without-lab');
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(POLL_MS);
    }
  }
}

/** Waits until no lab is on its way, and returns how many of them do not run. */
async function untilSettled(client: LabClient, usernames: ReadonlySet<string>): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const labs = await Promise.all([...usernames].map((username) => client.read(username)));
    const isMoving = labs.some((lab) => lab?.status === 'pending' || lab?.status === 'terminating');
    if (!isMoving || performance.now() > deadline)
      return labs.filter((lab) => lab?.status !== 'running').length;
    await delay(POLL_MS);
  }
}

/** Removes what a controller has left behind, for the next one, while it still runs: ours has records of labs too. */
async function removeLabs({ cluster, view }: Arena): Promise<void> {
  const selector = encodeURIComponent('nublado.lsst.io/category=lab');
  const { body } = await cluster.send('GET', `/api/v1/namespaces?labelSelector=${selector}`);
  for (const { metadata } of (body as { items: { metadata: { name: string } }[] }).items) {
    await cluster.send('DELETE', `/api/v1/namespaces/${metadata.name}`);
  }
  await view.quiet(PATIENCE_MS);
}
