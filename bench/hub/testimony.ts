import { setTimeout as delay } from 'node:timers/promises';
import { type Complaint, complaintsAbout } from '../checker';
import type { LabClient, LabUser } from '../lab-client';
import type { Witnesses } from '../witnesses';
import { complaintsAboutHub, type HubFact, isAtRest, type LabFact } from './checker';
import type { JupyterHub } from './jupyterhub';

/** Those who are asked about labs: the hub and its proxy, the controller, Kubernetes and Temporal. */
export interface HubWitnesses {
  readonly hub: JupyterHub;
  readonly client: LabClient;
  readonly witnesses: Witnesses;
}

/** One lab as the hub and as the controller have it. */
export interface BothSides {
  readonly user: LabUser;
  readonly hub: HubFact;
  readonly lab: LabFact;
}

const REST_LIMIT_MS = 120_000;
/** For what is true soon but not at once: routes that the hub checks, lists that are remembered. */
const AGREEMENT_LIMIT_MS = 60_000;
const LOOK_MS = 200;

/** Waits until hub and controller are at rest, or time is up, and gives both sides of every lab. */
export async function atRest(asked: HubWitnesses, users: readonly LabUser[]): Promise<BothSides[]> {
  const deadline = performance.now() + REST_LIMIT_MS;
  for (;;) {
    const sides = await bothSides(asked, users);
    const areAtRest = sides.every(({ hub, lab }) => isAtRest(hub, lab));
    if (areAtRest || performance.now() > deadline) return sides;
    await delay(LOOK_MS);
  }
}

/** Asks everybody until they agree that these labs run once and no others are there, and gives what remains. */
export async function disagreements(
  asked: HubWitnesses,
  users: readonly LabUser[],
  running: readonly string[],
  made: Pick<Parameters<typeof complaintsAbout>[0], 'namespacesMade' | 'podsMade'>,
): Promise<Complaint[]> {
  const deadline = performance.now() + AGREEMENT_LIMIT_MS;
  for (;;) {
    const [testimony, sides] = await Promise.all([asked.witnesses.ask(running), bothSides(asked, users)]);
    const complaints = [
      ...complaintsAbout({ ...testimony, ...made, accepted: running, streams: [], deleted: [] }),
      ...complaintsAboutHub(
        sides.map(({ hub }) => hub),
        sides.map(({ lab }) => lab),
      ),
    ];
    if (complaints.length === 0 || performance.now() > deadline) return complaints;
    await delay(LOOK_MS);
  }
}

async function bothSides({ hub, client }: HubWitnesses, users: readonly LabUser[]): Promise<BothSides[]> {
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
