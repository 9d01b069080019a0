import type { ControllerCommand, ControllerProcess } from '../../stack/controller';
import { routeIngressTo, startUnreadyController } from '../../stack/controller';
import { type ToxicProxy, toxicProxy } from '../../stack/toxics';
import { settle } from '../support/checker';
import { eventually } from '../support/eventually';
import {
  accept,
  aFaultyWorld,
  aRunningLab,
  behave,
  type FaultyWorld,
  podPath,
  untilObject,
  Viewer,
} from '../support/faults';
import { formFor, type TestUser } from '../support/world';

const COMMANDS: readonly ControllerCommand[] = ['api', 'worker', 'watcher'];

let world: FaultyWorld;
let temporal: ToxicProxy;
let kubernetes: ToxicProxy;
const processes = new Map<ControllerCommand, ControllerProcess>();

/** Processes that start while neither Temporal nor Kubernetes can be reached. */
beforeAll(async () => {
  world = await aFaultyWorld({ persistent: true });
  temporal = toxicProxy(world.stack, 'temporal');
  kubernetes = toxicProxy(world.stack, 'kubernetes');
  await Promise.all([temporal.disable(), kubernetes.disable()]);
  for (const command of COMMANDS) {
    processes.set(command, await launch(command, command));
  }
  await routeIngressTo(world.stack, opened('api').apiUrl);
});

afterAll(async () => {
  await Promise.all([...processes.values()].map((controller) => controller.kill('SIGKILL')));
  await world.stop();
});

function launch(command: ControllerCommand, name: string): Promise<ControllerProcess> {
  const { stack } = world;
  return startUnreadyController(command, {
    stack,
    name,
    viaToxiproxy: true,
    configFile: `${stack.directory}/config.yaml`,
  });
}

const opened = (command: ControllerCommand) => processes.get(command) as ControllerProcess;

async function readiness({ opsUrl }: ControllerProcess) {
  const answer = await fetch(`${opsUrl}/readyz`).catch(() => null);
  const body = (await answer?.json()) as { checks: Record<string, string> } | undefined;
  return { status: answer?.status ?? 0, checks: body?.checks ?? {} };
}

/** Resolves once every process says this of itself. */
const untilReadiness = (status: 200 | 503, ...commands: ControllerCommand[]) =>
  Promise.all(
    commands.map((command) =>
      eventually(
        () => readiness(opened(command)),
        (seen) => seen.status === status,
      ),
    ),
  );

const create = ({ username, token }: TestUser) =>
  world.hub.create(username, token, { options: formFor('fast') });

const outcome = async (answer: Response) => {
  const body = (await answer.json()) as { detail: { type: string }[] };
  return { status: answer.status, type: body.detail[0]?.type };
};

async function spawnWorks(): Promise<void> {
  const user = await world.aUser();
  await accept(world, user);
  await new Viewer(world, user).watchToTheEnd();
  await expect(settle(world, { [user.username]: 'running' })).resolves.toBeUndefined();
}

/** Which attempt of its activity under way a lab is at. */
async function attemptOf({ username }: TestUser): Promise<number> {
  const { raw } = await world.temporal.workflow.getHandle(`lab-${username}`).describe();
  return raw.pendingActivities?.[0]?.attempt ?? 0;
}

test('processes wait for an unavailable Temporal and Kubernetes, report that, and then work', async () => {
  const states = await untilReadiness(503, ...COMMANDS);
  expect(states.map(({ checks }) => checks['temporal'])).toEqual(['failed', 'failed', 'failed']);
  expect(states[1]?.checks['kubernetes']).toBe('failed');
  const user = await world.aUser();
  expect(await outcome(await create(user))).toEqual({ status: 503, type: 'workflow_unavailable' });

  await Promise.all([temporal.heal(), kubernetes.heal()]);

  await untilReadiness(200, ...COMMANDS);
  // Refused until the first pass of reconciliation has found out which labs run.
  await eventually(
    async () => (await create(user)).status,
    (status) => status === 201,
  );
  await spawnWorks();
});

test('while Temporal is away everything is answered with 503, and an open stream and labs go on after', async () => {
  const starting = await world.aUser();
  const running = await aRunningLab(world);
  const viewer = new Viewer(world, starting);
  await accept(world, starting, 'waits');
  await untilObject(world, podPath(starting), ({ status }) => status === 200);
  const stream = viewer.watch();
  await eventually(
    async () => viewer.seen.length,
    (count) => count > 0,
  );

  await temporal.disable();
  await behave(world, starting, 'fast');

  const { username } = running;
  const labs = `${opened('api').apiUrl}/nublado/spawner/v1/labs`;
  const answers = await Promise.all([
    create(await world.aUser()),
    fetch(`${labs}/${username}`),
    fetch(labs),
    fetch(`${labs}/${username}`, { method: 'DELETE' }),
    fetch(`${labs}/${username}/events`, { headers: { 'x-auth-request-user': username } }),
  ]);
  for (const answer of answers) {
    expect(await outcome(answer)).toEqual({ status: 503, type: 'workflow_unavailable' });
  }
  await untilReadiness(503, 'api');

  await temporal.heal();

  await untilReadiness(200, ...COMMANDS);
  await stream;
  expect(viewer.flaws).toEqual([]);
  await expect(
    settle(world, { [username]: 'running', [starting.username]: 'running' }),
  ).resolves.toBeUndefined();
});

test('Temporal killed and started again with its data loses no operation under way', async () => {
  const starting = await world.aUser();
  const viewer = new Viewer(world, starting);
  await accept(world, starting, 'waits');
  const [running, ending] = await Promise.all([aRunningLab(world), aRunningLab(world, 'stuck-terminating')]);
  await untilObject(world, podPath(starting), ({ status }) => status === 200);
  world.hub.stop(ending.username).catch(() => undefined);
  await untilObject(world, podPath(ending), ({ body }) => JSON.stringify(body).includes('deletionTimestamp'));

  await world.stack.kill('temporal');
  await behave(world, starting, 'fast');
  await behave(world, ending, 'fast');
  await world.stack.revive('temporal');

  await untilReadiness(200, ...COMMANDS);
  await viewer.watchToTheEnd();
  await expect(
    settle(world, {
      [starting.username]: 'running',
      [running.username]: 'running',
      [ending.username]: 'gone',
    }),
  ).resolves.toBeUndefined();
  expect(viewer.operations).toHaveLength(1);
});

test.each<[string, () => Promise<void>]>([
  ['resets every connection', () => kubernetes.add('reset_peer', { timeout: 0 })],
  ['is gone', () => kubernetes.disable()],
  ['stalls', () => kubernetes.add('timeout', { timeout: 0 })],
])('a spawn survives a network to the API server that %s', async (_how, fail) => {
  const user = await world.aUser();
  const running = await aRunningLab(world);

  await fail();
  await accept(world, user);
  await eventually(
    () => attemptOf(user),
    (attempt) => attempt > 1,
  );
  expect((await readiness(opened('worker'))).checks['kubernetes']).toBe('failed');
  await kubernetes.heal();

  await new Viewer(world, user).watchToTheEnd();
  await expect(
    settle(world, { [user.username]: 'running', [running.username]: 'running' }),
  ).resolves.toBeUndefined();
});

test('a spawn and a deletion work over a slow network', async () => {
  await kubernetes.add('latency', { latency: 200 });

  const user = await aRunningLab(world);
  await world.hub.stop(user.username);

  await expect(settle(world, { [user.username]: 'gone' })).resolves.toBeUndefined();
  await kubernetes.heal();
});

describe.each([{ mode: 'status', status: 500 }, { mode: 'hang' }, { mode: 'reset' }])(
  'when the identity service fails by %p',
  (mode) => {
    const control = (method: string, endpoint: string, body?: object) =>
      fetch(`${world.stack.identity.controlUrl}/failures/${endpoint}`, {
        method,
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });

    test('when the identity service fails, a create is refused in time, and accepted afterwards', async () => {
      const user = await world.aUser();
      await control('PUT', 'user-info', mode);

      expect(await outcome(await create(user))).toEqual({ status: 500, type: 'gafaelfawr_error' });

      await control('DELETE', 'user-info');
      expect((await create(user)).status).toBe(201);
    });

    test('when service discovery alone fails, what was discovered before goes on to be used', async () => {
      await control('PUT', 'discovery', mode);

      expect((await create(await world.aUser())).status).toBe(201);

      await control('DELETE', 'discovery');
    });
  },
);

test('a viewer who moves between two replicas sees every event once, in order', async () => {
  const second = await launch('api', 'api-2');
  processes.set('serve', second);
  await eventually(
    () => readiness(second),
    ({ status }) => status === 200,
  );
  const user = await world.aUser();
  const viewer = new Viewer(world, user);
  await accept(world, user, 'waits');

  await untilObject(world, podPath(user), ({ status }) => status === 200);
  const first = viewer.watch();
  await eventually(
    async () => viewer.seen.length,
    (count) => count > 1,
  );
  await routeIngressTo(world.stack, second.apiUrl);
  await opened('api').kill('SIGKILL');
  await first;
  const before = viewer.seen.length;
  await behave(world, user, 'fast');
  await viewer.watchToTheEnd();

  expect(viewer.seen.length).toBeGreaterThan(before);
  expect(viewer.operations).toHaveLength(1);
  expect(viewer.numbers).toEqual(viewer.numbers.map((_, index) => index + 1));
  await expect(settle(world, { [user.username]: 'running' })).resolves.toBeUndefined();
});
