import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { labWorkflowId } from '../../src/domain/lab-key';
import type { ControllerProcess } from '../../stack/controller';
import { startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { behave } from '../support/faults';
import { type HubBehaviour, HubWithLabs } from '../support/hub-with-labs';
import { labNamespaces, type TestUser, type World, worldOn } from '../support/world';

const CONFIG_FILE = join(__dirname, '../data/e2e/config.yaml');

let world: World;
let hub: HubWithLabs;
let controller: ControllerProcess;

beforeAll(async () => {
  const stack = await startStack({ name: `exits-${randomBytes(4).toString('hex')}` });
  hub = await HubWithLabs.start(stack);
  const settings = { apiUrl: hub.noticeUrl, tokenPath: hub.tokenPath, timeout: '1s' };
  const configFile = join(stack.directory, 'exits.yaml');
  const config = parse(readFileSync(CONFIG_FILE, 'utf8')) as object;
  writeFileSync(configFile, stringify({ ...config, hub: settings }));
  world = await worldOn(stack, { configFile });
  controller = await world.start('serve');
});

afterAll(async () => {
  hub.stop();
  await world.stop();
});

afterEach(() => {
  hub.behaviour = 'well';
});

/** A user of the hub whose server is ready. */
async function aServer(): Promise<TestUser> {
  const user = await world.aUser();
  await hub.register(user);
  await hub.startServer(user);
  return user;
}

const noticed = (count: number) =>
  eventually(
    async () => hub.notices,
    (notices) => notices > count,
  );

const cleanedUp = ({ username }: TestUser) =>
  eventually(
    () => labNamespaces(world, username),
    (names) => names.length === 0,
  );

const closed = ({ username }: TestUser) =>
  eventually(
    () => world.temporal.workflow.getHandle(labWorkflowId(username)).describe(),
    ({ status }) => status.name === 'COMPLETED',
  );

test.each(['exit-0', 'exit-1', 'oom-killed', 'evicted'])(
  'the hub forgets a server whose lab ended by %s',
  async (ending) => {
    const user = await aServer();
    await behave(world, user, ending);

    await hub.until(user, 'gone');
    await cleanedUp(user);
    expect(hub.deletions.at(-1)).toBe(`/hub/api/users/${user.username}/server`);
  },
);

test('the hub removes a server that an operator has ended', async () => {
  const user = await aServer();
  const reason = { reason: 'node maintenance' };
  await world.temporal.workflow.getHandle(labWorkflowId(user.username)).signal('forceShutdown', reason);

  await hub.until(user, 'gone');
  expect(hub.deletions.at(-1)).toBe(`/hub/api/users/${user.username}/server`);
});

test.each<HubBehaviour>([403, 500, 'hangs'])(
  'a hub that answers a notice so: %s, is told when it is well again; the lab is cleaned up meanwhile',
  async (behaviour) => {
    const user = await aServer();
    hub.behaviour = behaviour;
    const { notices } = hub;
    await behave(world, user, 'exit-0');
    await noticed(notices);
    await cleanedUp(user);
    expect(await hub.stateOf(user)).toBe('ready');

    hub.behaviour = 'well';
    await hub.until(user, 'gone');
    await closed(user);
  },
);

test.each<HubBehaviour>(['hangs', 500])(
  'a notice that meets a hub so: %s, never stops the lab that the user starts meanwhile',
  async (behaviour) => {
    const user = await aServer();
    hub.behaviour = behaviour;
    const { notices } = hub;
    await behave(world, user, 'exit-0');
    await noticed(notices);
    await hub.startServer(user);
    const deletions = hub.deletions.length;
    hub.behaviour = 'well';
    // The next lab's own end shows that nothing came between.
    expect((await world.hub.read(user.username)).status).toBe('running');
    await behave(world, user, 'exit-0');
    await hub.until(user, 'gone');
    await closed(user);

    expect(hub.deletions.slice(deletions)).toEqual([`/hub/api/users/${user.username}/server`]);
  },
);

test('a lab that ends as the user presses stop is gone for both', async () => {
  const users = await Promise.all(Array.from({ length: 5 }, aServer));
  const answers = await Promise.all(
    users.map(async (user) => {
      const [status] = await Promise.all([hub.stopServer(user), behave(world, user, 'exit-0')]);
      return status;
    }),
  );

  expect(answers.every((status) => status === 204 || status === 202)).toBe(true);
  for (const user of users) {
    await hub.until(user, 'gone');
    await cleanedUp(user);
    await closed(user);
  }
});

test('a user who starts a lab again at once gets it, and keeps it', async () => {
  const users = await Promise.all(Array.from({ length: 5 }, aServer));
  await Promise.all(
    users.map(async (user) => {
      await behave(world, user, 'exit-0');
      await hub.until(user, 'gone');
      await hub.startServer(user);
    }),
  );

  for (const user of users) {
    expect(await hub.stateOf(user)).toBe('ready');
    expect((await world.hub.read(user.username)).status).toBe('running');
    expect(await hub.stopServer(user)).toBe(204);
  }
});

test('no log shows the token of the hub notifications', () => {
  const token = readFileSync(hub.tokenPath, 'utf8').trim();
  const log = readFileSync(controller.logFile, 'utf8');

  expect(log).toContain('the hub knows that a lab has ended');
  expect(log).not.toContain(token);
});
