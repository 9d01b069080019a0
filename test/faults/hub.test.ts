import { writeFileSync } from 'node:fs';
import type { ControllerProcess } from '../../stack/controller';
import { stackFiles } from '../../stack/files';
import { hubApi } from '../../stack/hub-api';
import { settle } from '../support/checker';
import { accept, behave, podPath, untilObject } from '../support/faults';
import type { Gated, Hold } from '../support/gate';
import { aHubWorld, type HubWorld } from '../support/hub-faults';
import { HUB_TOKEN, type TestUser } from '../support/world';

let hub: HubWorld;
let api: ControllerProcess;

beforeAll(async () => {
  hub = await aHubWorld();
  api = await hub.startApi();
});

afterAll(() => hub.stop());

const labPath = ({ username }: TestUser, rest = '') => new RegExp(`/labs/${username}${rest}(\\?|$)`);

/** Asks the hub for a lab without waiting for its answer, which a killed hub never gives. */
function ask({ username }: TestUser, behaviour: string): void {
  hub.jupyterHub.start(username, `behaviour-${behaviour}`).catch(() => undefined);
}

function askToStop({ username }: TestUser): void {
  hub.jupyterHub.stop(username).catch(() => undefined);
}

/** A user whose lab has come to one point; `letGo` ends what holds it there. */
interface HeldLab {
  readonly user: TestUser;
  readonly letGo: () => Promise<void> | void;
}

/** A spawn of which one request, or its answer, waits on its way. */
async function spawnHeld(method: string, rest: string, what: Gated): Promise<HeldLab & { hold: Hold }> {
  const user = await hub.aUser();
  const hold = hub.gate.hold(method, labPath(user, rest), what);
  ask(user, 'fast');
  await hold.met;
  return { user, hold, letGo: () => hold.lift() };
}

/** A spawn whose creation gets no further. */
async function spawnCutOff(): Promise<HeldLab> {
  const { user, hold } = await spawnHeld('POST', '/create', 'request');
  return { user, letGo: () => hold.abandoned };
}

/** A spawn that waits for its pod. */
async function spawnWaiting(): Promise<HeldLab> {
  const user = await hub.aUser();
  ask(user, 'waits');
  await untilObject(hub.world, podPath(user), ({ status }) => status === 200);
  return { user, letGo: () => behave(hub.world, user, 'fast') };
}

async function stopHeld(what: Gated): Promise<HeldLab> {
  const user = await hub.aLab();
  const hold = hub.gate.hold('DELETE', labPath(user), what);
  askToStop(user);
  await hold.met;
  return { user, letGo: () => hold.lift() };
}

async function killHub(): Promise<void> {
  await hub.stack.kill('jupyterhub');
}

async function reviveHub(): Promise<void> {
  await hub.stack.revive('jupyterhub');
  await hub.untilHubIsUp();
}

async function isServedAgain(user: TestUser): Promise<void> {
  await hub.untilServed(user);
  await settle(hub.world, { [user.username]: 'running' });
}

describe('after the hub was killed and started again,', () => {
  const points: Readonly<Record<string, () => Promise<HeldLab>>> = {
    'whose creation never arrived': spawnCutOff,
    'that was created without the hub’s knowledge': () => spawnHeld('POST', '/create', 'answer'),
    'of which no event had been read': () => spawnHeld('GET', '/events', 'request'),
    'that waited for its pod': spawnWaiting,
    'that was complete, but for its URL': () => spawnHeld('GET', '', 'request'),
    'that ran': async () => ({ user: await hub.aLab(), letGo: () => undefined }),
    'whose end was about to be asked for': () => stopHeld('request'),
    'that ended without the hub’s knowledge': () => stopHeld('answer'),
  };
  const labs = new Map<string, TestUser>();

  beforeAll(async () => {
    const held = await Promise.all(
      Object.entries(points).map(async ([point, reach]) => [point, await reach()] as const),
    );
    await killHub();
    for (const [point, { user, letGo }] of held) {
      labs.set(point, user);
      await letGo();
    }
    await reviveHub();
  });

  test.each([
    'that was created without the hub’s knowledge',
    'of which no event had been read',
    'that waited for its pod',
    'that was complete, but for its URL',
    'that ran',
    'whose end was about to be asked for',
  ])(
    'after the hub was killed and started again, a lab %s is the hub’s, and its user reaches it',
    async (point) => {
      await expect(isServedAgain(labs.get(point) as TestUser)).resolves.toBeUndefined();
    },
  );

  test('after the hub was killed and started again, a server whose lab ended meanwhile is removed', async () => {
    const user = labs.get('that ended without the hub’s knowledge') as TestUser;

    await expect(hub.untilGone(user)).resolves.toBeUndefined();
  });

  test('after the hub was killed and started again, a server whose creation never arrived is removed, and can be started again', async () => {
    const user = labs.get('whose creation never arrived') as TestUser;
    await hub.untilGone(user);

    expect(await hub.jupyterHub.start(user.username, 'behaviour-fast')).toBe(202);

    await isServedAgain(user);
  });
});

test('a lab of which the hub has no record is replaced by its user’s next start', async () => {
  const user = await hub.aUser();
  await accept(hub.world, user);

  expect(await hub.jupyterHub.start(user.username, 'behaviour-fast')).toBe(202);

  await isServedAgain(user);
});

describe('with the controller’s API away', () => {
  test('with the controller’s API unavailable, a poll reports no lab as ended, and spawns continue afterwards', async () => {
    const running = await hub.aLab();
    const waiting = await spawnWaiting();
    const complete = await spawnHeld('GET', '', 'request');
    await api.kill('SIGKILL');
    await complete.letGo();

    // The hub asks its spawner before it starts one that it has.
    expect(await hub.jupyterHub.start(running.username, 'behaviour-fast')).toBe(400);

    api = await hub.startApi();
    await waiting.letGo();
    await Promise.all([running, waiting.user, complete.user].map(isServedAgain));
  });

  test('with the controller’s API unavailable, a hub that starts removes no server, and adopts the spawn in flight once the API is back', async () => {
    const running = await hub.aLab();
    const waiting = await spawnWaiting();
    await killHub();
    await api.kill('SIGKILL');

    await reviveHub();

    expect(await hub.jupyterHub.server(running.username)).not.toBeNull();
    expect(await hub.jupyterHub.server(waiting.user.username)).toMatchObject({ isReady: false });
    api = await hub.startApi();
    await waiting.letGo();
    await Promise.all([running, waiting.user].map(isServedAgain));
  });
});

test('a spawn whose stream moves from one API replica to another goes on', async () => {
  const { user, letGo } = await spawnWaiting();
  const first = api;
  api = await hub.startApi();
  await first.kill('SIGKILL');

  await letGo();

  await expect(isServedAgain(user)).resolves.toBeUndefined();
});

describe('tokens', () => {
  /**
   * Of unexpected errors. With JupyterHub 5 Tornado writes one of its own for every spawn that fails after its
   * request has been answered.
   */
  const tracebacks = () => {
    const lines = hub.hubLog().split('\n');
    return lines.filter(
      (line, index) => line.includes('Traceback') && !lines[index - 1]?.includes('Exception in Future'),
    ).length;
  };

  test('with a wrong token of its own the hub removes no server, and serves it again with the right one', async () => {
    const user = await hub.aLab();
    const before = tracebacks();
    const { hubToken } = stackFiles(hub.stack.directory);
    writeFileSync(hubToken, 'gt-wrong.fake');

    expect(await hub.jupyterHub.start(user.username, 'behaviour-fast')).toBe(400);

    expect(await hub.jupyterHub.server(user.username)).toMatchObject({ isReady: true });
    expect(hub.hubLog()).toContain(`The lab of ${user.username} counts as alive, though: `);
    expect(tracebacks()).toBe(before);
    expect(hub.hubLog()).not.toContain('gt-wrong.fake');
    writeFileSync(hubToken, HUB_TOKEN);
    await hub.jupyterHub.stop(user.username);
    await hub.untilGone(user);
  });

  test('a user whose token has expired gets that error, and nothing is left behind', async () => {
    const user = await hub.aUser();
    const before = tracebacks();
    await fetch(`${hub.stack.identity.controlUrl}/users/${user.token}`, { method: 'DELETE' });

    await hub.jupyterHub.start(user.username, 'behaviour-fast');

    // While the hub tidies up a failed spawn it tells nothing of it, but keeps the reason for afterwards.
    await hub.untilGone(user);
    await expect(hubApi(hub.description).follow(user.username, () => undefined)).rejects.toThrow(
      'Permission denied: token is not valid (invalid_token)',
    );
    expect(tracebacks()).toBe(before);
    expect(hub.hubLog()).not.toContain(user.token);
  });
});
