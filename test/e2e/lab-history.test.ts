import { labWorkflowId } from '../../src/domain/lab-key';
import { eventually } from '../support/eventually';
import { behave } from '../support/faults';
import { aWorld, formFor, HUB_TOKEN, type TestUser, type World } from '../support/world';

const OPERATOR_TOKEN = 'gt-operator.fake';

let world: World;

beforeAll(async () => {
  world = await aWorld('serve');
});

afterAll(() => world.stop());

interface Life {
  readonly outcome: string;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly image: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly ended_by: { readonly kind: string; readonly name: string | null } | null;
}

const get = (path: string, token: string) =>
  fetch(`${world.stack.identity.proxyUrl}/nublado/spawner/v1/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });

async function ownLives({ token }: TestUser): Promise<Life[]> {
  return (await (await get('user-history', token)).json()) as Life[];
}

const latest = (user: TestUser, outcome: string) =>
  eventually(
    () => ownLives(user),
    ([life]) => life?.outcome === outcome,
  );

const start = ({ username, token }: TestUser) =>
  world.hub.start(username, token, { options: formFor('fast') });

const formOf = async ({ username, token }: TestUser) => (await get(`lab-form/${username}`, token)).text();

test('a user reads the history of their labs, and the form shows why the last one ended', async () => {
  const user = await world.aUser();
  await start(user);
  await behave(world, user, 'exit-0');
  await latest(user, 'exited');
  expect(await formOf(user)).not.toContain('Your last lab');

  await start(user);
  await behave(world, user, 'evicted');
  await latest(user, 'lost');
  expect(await formOf(user)).toContain('Your last lab was evicted from its node');

  await start(user);
  await behave(world, user, 'oom-killed');
  await latest(user, 'failed');
  expect(await formOf(user)).toContain('Your last lab ran out of memory');

  await start(user);
  const reason = { reason: 'node maintenance' };
  await world.temporal.workflow.getHandle(labWorkflowId(user.username)).signal('forceShutdown', reason);
  await latest(user, 'stopped');
  expect(await formOf(user)).toContain('node maintenance');

  await start(user);
  await world.hub.stop(user.username);
  await eventually(
    () => ownLives(user),
    (lives) => lives.length === 5 && lives[0]?.ended_by?.kind === 'caller',
  );
  expect(await formOf(user)).not.toContain('Your last lab');

  const lives = await ownLives(user);
  expect(lives.map(({ outcome, reason, ended_by }) => [outcome, reason, ended_by?.kind])).toEqual([
    ['stopped', null, 'caller'],
    ['stopped', null, 'operator'],
    ['failed', 'OutOfMemory', 'lab'],
    ['lost', 'PodEvicted', 'cluster'],
    ['exited', null, 'user'],
  ]);
  expect(lives[0]?.ended_by?.name).toBe('bot-jupyterhub');
  expect(lives.every(({ image }) => image.includes('behaviour-fast'))).toBe(true);
  expect(await (await get(`labs/${user.username}/history`, OPERATOR_TOKEN)).json()).toEqual(lives);
});

test('others are kept out', async () => {
  const user = await world.aUser();

  expect((await get(`labs/${user.username}/history`, user.token)).status).toBe(403);
  expect((await get('user-history', HUB_TOKEN)).status).toBe(403);
  expect(await ownLives(user)).toEqual([]);
});
