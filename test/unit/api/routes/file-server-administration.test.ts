import { DomainError } from '../../../../src/domain/errors';
import { aUser, aWorld, type Changes, headersOf, type World } from '../fakes';

const USERS = '/nublado/fileserver/v1/users';

let world: World;

beforeEach(async () => {
  world = await aWorld();
  for (const username of ['rachel', 'beth']) world.fileServers.add(username);
});

afterEach(() => world.app.close());

async function renewWorld(changes: Changes): Promise<void> {
  await world.app.close();
  world = await aWorld(changes);
}

const get = (url: string, headers: Record<string, string> = {}) => world.app.inject({ url, headers });

const remove = (username: string, headers: Record<string, string> = {}) =>
  world.app.inject({ method: 'DELETE', url: `${USERS}/${username}`, headers });

test('the users with a running file server are listed in order', async () => {
  const answer = await get(USERS);

  expect([answer.statusCode, answer.json()]).toEqual([200, ['beth', 'rachel']]);
});

test('a file server that runs has a state, and no other has one', async () => {
  expect((await get(`${USERS}/rachel`)).json()).toEqual({ running: true });
  const none = await get(`${USERS}/carl`);

  expect(none.statusCode).toBe(404);
  expect(none.json()).toEqual({
    detail: [{ loc: ['path', 'username'], msg: 'No file server running', type: 'unknown_user' }],
  });
});

test('users read the state of their own file server', async () => {
  const path = '/nublado/fileserver/v1/user-status';
  world.users.set('carl', aUser({ username: 'carl' }));
  const none = await get(path, headersOf('carl'));

  expect((await get(path, { 'x-auth-request-user': 'rachel' })).json()).toEqual({ running: true });
  expect([none.statusCode, none.json()]).toEqual([
    404,
    { detail: [{ msg: 'No file server running', type: 'unknown_user' }] },
  ]);
  expect((await get(path)).statusCode).toBe(422);
});

test('a deleted file server is gone, and a second deletion finds none', async () => {
  const answer = await remove('rachel');

  expect([answer.statusCode, answer.body]).toEqual([204, '']);
  expect([...world.fileServers]).toEqual(['beth']);
  const again = await remove('rachel');
  expect(again.statusCode).toBe(404);
  expect(again.json()).toEqual({
    detail: [{ loc: ['path', 'username'], msg: 'Unknown user rachel', type: 'unknown_user' }],
  });
});

test('a failed deletion is told with its cause', async () => {
  const requesters: (string | null)[] = [];
  await renewWorld({
    fileServers: {
      open: async () => undefined,
      verify: async () => undefined,
      list: async () => [],
      isRunning: async () => true,
      async remove(_username, requester) {
        requesters.push(requester);
        throw new DomainError('file_server_delete_failed', 'Failed to delete file server: it stays');
      },
    },
  });
  const answer = await remove('rachel', { 'x-auth-request-user': 'operator' });

  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toEqual({
    detail: [{ msg: 'Failed to delete file server: it stays', type: 'file_server_delete_failed' }],
  });
  expect(requesters).toEqual(['operator']);
});
