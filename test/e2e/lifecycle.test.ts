import { WorkflowNotFoundError } from '@temporalio/client';
import type { HubProgress } from '../../stack/hub-client';
import { eventually } from '../support/eventually';
import { aWorld, formFor, labNamespaces, type World } from '../support/world';

let world: World;

beforeAll(async () => {
  world = await aWorld('serve');
});

afterAll(() => world.stop());

/** Resolves once nothing of a lab is left in Kubernetes and its workflow is closed. */
async function forgotten(username: string): Promise<void> {
  await eventually(
    async () => ({
      namespaces: await labNamespaces(world, username),
      status: (await world.temporal.workflow.getHandle(`lab-${username}`).describe()).status.name,
    }),
    ({ namespaces, status }) => namespaces.length === 0 && status === 'COMPLETED',
  );
}

test('a hub spawns a lab, follows it, finds it alive, stops it, and nothing is left', async () => {
  const { username, token } = await world.aUser();
  const seen: HubProgress[] = [];

  const url = await world.hub.start(username, token, {
    options: formFor('slow'),
    onProgress: (progress) => seen.push(progress),
  });

  expect(url).toMatch(new RegExp(`^http://127\\.\\d+\\.\\d+\\.\\d+:8888/nb/user/${username}/$`));
  expect(seen[0]).toMatchObject({ message: `Starting lab creation for ${username}`, progress: 1 });
  expect(seen[1]).toMatchObject({ message: 'Created Kubernetes objects for user lab', progress: 30 });
  expect(seen.at(-1)).toMatchObject({ event: 'complete', progress: 75 });
  expect(seen.length).toBeGreaterThan(4);
  expect(seen.map(({ id }) => id?.split('.')[1])).toEqual(seen.map((_, index) => String(index + 1)));
  const percentages = seen.map(({ progress }) => progress ?? 0);
  expect(percentages).toEqual(percentages.toSorted((a, b) => a - b));
  expect(await world.hub.poll(username)).toBeNull();

  await world.hub.stop(username);

  expect(await world.hub.poll(username)).toBe(0);
  await forgotten(username);
});

test('a second spawn of a user replaces the running lab, as the hub asks for by a delete', async () => {
  const { username, token } = await world.aUser();
  await world.hub.start(username, token, { options: formFor('fast') });

  const url = await world.hub.start(username, token, { options: formFor('fast') });

  expect((await world.hub.read(username)).internal_url).toBe(url);
  expect(await labNamespaces(world, username)).toEqual([`lab-${username}`]);
});

test('a lab whose server ends by itself is detected, cleaned up and removed', async () => {
  const { username, token } = await world.aUser();
  await world.hub.start(username, token, { options: formFor('exit-0-later') });

  const status = await eventually(
    () => world.hub.poll(username),
    (exit) => exit === 0,
  );

  expect(status).toBe(0);
  await forgotten(username);
});

test('a user without a lab is unknown and has no workflow', async () => {
  const { username } = await world.aUser();

  expect(await world.hub.poll(username)).toBe(0);
  await expect(world.temporal.workflow.getHandle(`lab-${username}`).describe()).rejects.toThrow(
    WorkflowNotFoundError,
  );
});

test.each([
  ['without a UID', { uid: undefined }, 403, 'permission_denied'],
  ['without a GID', { gid: undefined }, 403, 'permission_denied'],
  [
    'over quota',
    { quota: { api: {}, tap: {}, notebook: { cpu: 0.5, memory: 0.5, spawn: true } } },
    403,
    'insufficient_quota',
  ],
  [
    'barred from spawning',
    { quota: { api: {}, tap: {}, notebook: { cpu: 9, memory: 9, spawn: false } } },
    403,
    'permission_denied',
  ],
])('a user %s is refused and leaves nothing behind', async (_what, facts, status, type) => {
  const { username, token } = await world.aUser(facts);

  const answer = await world.hub.create(username, token, { options: formFor('fast') });

  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ detail: [{ type }] });
  await expect(world.temporal.workflow.getHandle(`lab-${username}`).describe()).rejects.toThrow(
    WorkflowNotFoundError,
  );
  expect(await labNamespaces(world, username)).toEqual([]);
});

test('a token that is no longer valid in the identity service is refused with its reason', async () => {
  const { username, token } = await world.aUser();
  await fetch(`${world.stack.identity.controlUrl}/users/${token}`, { method: 'DELETE' });

  const answer = await world.hub.create(username, token, { options: formFor('fast') });

  expect(answer.status).toBe(401);
  expect(await labNamespaces(world, username)).toEqual([]);
});
