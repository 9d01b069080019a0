import { setTimeout as delay } from 'node:timers/promises';
import { type Violation, violationsOf } from '../checker';
import type { LabClient, LabUser } from '../lab-client';
import type { Observers } from '../observers';
import { type HubFact, hubViolationsOf, isAtRest, type LabFact } from './checker';
import type { JupyterHub } from './jupyterhub';

/** Sources of facts about labs: the hub and its proxy, the controller, Kubernetes and Temporal. */
export interface HubObservers {
  readonly hub: JupyterHub;
  readonly client: LabClient;
  readonly observers: Observers;
}

/** One lab in the hub and in the controller. */
export interface BothSides {
  readonly user: LabUser;
  readonly hub: HubFact;
  readonly lab: LabFact;
}

const REST_LIMIT_MS = 120_000;
/** Time for eventually consistent facts, in milliseconds: routes that the hub checks, cached lists. */
const AGREEMENT_LIMIT_MS = 60_000;
const LOOK_MS = 200;

/** Waits until hub and controller are at rest, or until the timeout. Returns both sides of every lab. */
export async function atRest(asked: HubObservers, users: readonly LabUser[]): Promise<BothSides[]> {
  const deadline = performance.now() + REST_LIMIT_MS;
  for (;;) {
    const sides = await bothSides(asked, users);
    const areAtRest = sides.every(({ hub, lab }) => isAtRest(hub, lab));
    if (areAtRest || performance.now() > deadline) return sides;
    await delay(LOOK_MS);
  }
}

/**
 * Checks until all sources agree that these labs run once and no others exist, or until the timeout. Returns the
 * violations that remain.
 */
export async function disagreements(
  asked: HubObservers,
  users: readonly LabUser[],
  running: readonly string[],
  made: Pick<Parameters<typeof violationsOf>[0], 'namespacesMade' | 'podsMade'>,
): Promise<Violation[]> {
  const deadline = performance.now() + AGREEMENT_LIMIT_MS;
  for (;;) {
    const [observed, sides] = await Promise.all([asked.observers.ask(running), bothSides(asked, users)]);
    const violations = [
      ...violationsOf({ ...observed, ...made, accepted: running, streams: [], deleted: [] }),
      ...hubViolationsOf(
        sides.map(({ hub }) => hub),
        sides.map(({ lab }) => lab),
      ),
    ];
    if (violations.length === 0 || performance.now() > deadline) return violations;
    await delay(LOOK_MS);
  }
}

async function bothSides({ hub, client }: HubObservers, users: readonly LabUser[]): Promise<BothSides[]> {
  const routes = await hub.routes();
  return Promise.all(
    users.map(async (user): Promise<BothSides> => {
      const { username } = user;
      const [server, answeredBy, lab] = await Promise.all([
        hub.server(username),
        hub.visit(user),
        client.read(username),
      ]);
      return {
        user,
        hub: { username, server, route: routes.get(username) ?? null, answeredBy },
        lab: { username, status: lab?.status ?? null, internalUrl: lab?.internal_url ?? null },
      };
    }),
  );
}
