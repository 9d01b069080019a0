import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createHubActivities } from '../../src/activities/hub';
import type { HubNotificationResult } from '../../src/jupyterhub/server-end';
import {
  type Answer,
  json,
  type ScriptedServer,
  startScriptedServer,
} from '../unit/kubernetes/scripted-server';
import { activityEnvironment, attempt } from './attempt';

const TOKEN = '3fd9c8a86d9a4a0b9f2f6f0f4e8f7a11';
const ENDED = '2077-10-23T09:47:00.000Z';
const BEFORE = '2077-10-23T08:00:00.000000Z';
const AFTER = '2077-10-23T09:47:00.500000Z';

let directory: string;
let hub: ScriptedServer | undefined;
let results: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hub-'));
  await writeFile(join(directory, 'token'), `${TOKEN}\n`);
  results = [];
});

afterEach(async () => {
  await hub?.close();
  hub = undefined;
  await rm(directory, { recursive: true });
});

/** The activity, against a hub that answers so to reading the user and to deleting the server. */
async function tellHub(
  read: Answer,
  remove?: Answer,
  timeoutMs = 5_000,
): Promise<() => Promise<HubNotificationResult>> {
  hub = await startScriptedServer((response, request) => {
    const answer = request.method === 'GET' ? read : remove;
    if (!answer) throw new Error(`unexpected ${request.method}`);
    return answer(response, request);
  });
  const activities = createHubActivities({
    hub: { apiUrl: `${hub.url}/hub/api/`, tokenPath: join(directory, 'token'), timeoutMs },
    onHubNotification: (result) => results.push(result),
  });
  return () => activities.tellHub({ username: 'rachel', endedAt: ENDED });
}

const asked = () => hub?.requests.map(({ method, path }) => `${method} ${path}`);

const GET = 'GET /hub/api/users/rachel';
const DELETE = 'DELETE /hub/api/users/rachel/server';

const user = (server: object | null): Answer =>
  json(200, { kind: 'user', name: 'rachel', servers: server ? { '': server } : {} });
const running = user({ name: '', ready: true, pending: null, started: BEFORE, stopped: false });

const bare =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, headers).end();
  };
const silent: Answer = () => undefined;

test.each([204, 202])('a hub that has a server of that time is notified, and answers %i', async (status) => {
  const tell = await tellHub(running, bare(status));

  expect(await attempt(tell)).toBe('told');
  expect(asked()).toEqual([GET, DELETE]);
  expect(hub?.requests.map(({ authorization }) => authorization)).toEqual(Array(2).fill(`Bearer ${TOKEN}`));
  expect(results).toEqual(['told']);
});

test.each([
  ['has no server any more', user(null), 'known'],
  ['is stopping it', user({ started: BEFORE, pending: 'stop' }), 'known'],
  ['has started a newer one', user({ started: AFTER, pending: null }), 'replaced'],
  ['is starting a newer one', user({ started: AFTER, pending: 'spawn' }), 'replaced'],
] as const)('a hub that %s is not asked to delete it', async (_, read, result) => {
  const tell = await tellHub(read);

  expect(await attempt(tell)).toBe(result);
  expect(asked()).toEqual([GET]);
});

test.each([
  ['may not see servers', json(200, { kind: 'user', name: 'rachel' })],
  ['may see nothing of the user', bare(403)],
  ['may not see this user', bare(404)],
])('a token that %s still notifies the hub', async (_, read) => {
  const tell = await tellHub(read, bare(204));

  expect(await attempt(tell)).toBe('told');
});

test.each([
  [404, 'known'],
  [400, 'declined'],
] as const)('the answer %i to a deletion is final', async (status, result) => {
  const tell = await tellHub(running, bare(status));

  expect(await attempt(tell)).toBe(result);
});

test.each(['spawn', 'check'])('a server that is pending %s is waited for', async (pending) => {
  const tell = await tellHub(user({ started: BEFORE, pending }));

  await expect(attempt(tell)).rejects.toMatchObject({ nonRetryable: false, nextRetryDelay: 2_000 });
  expect(asked()).toEqual([GET]);
  expect(results).toEqual(['busy']);
});

test.each([
  ['fails to read', bare(500), undefined, 'unavailable'],
  ['answers nonsense', json(200, { servers: 7 }), undefined, 'unavailable'],
  ['redirects', bare(302, { location: '/hub/login' }), undefined, 'unavailable'],
  ['fails to delete', running, bare(503), 'unavailable'],
  ['refuses', bare(403), bare(403), 'refused'],
  ['does not know the token', bare(401), bare(401), 'refused'],
  ['hangs', silent, undefined, 'unavailable'],
  ['hangs as it deletes', running, silent, 'unavailable'],
])('a hub that %s is notified again later', async (_, read, remove, result) => {
  const tell = await tellHub(read, remove, 200);

  await expect(attempt(tell)).rejects.toMatchObject({ type: 'HubNotTold', nonRetryable: false });
  expect(results).toEqual([result]);
});

test.each([
  ['7', 7_000],
  ['3600', 60_000],
])('a hub that asks for patience of %s s gets it, within limits', async (seconds, nextRetryDelay) => {
  const tell = await tellHub(bare(429, { 'retry-after': seconds }));

  await expect(attempt(tell)).rejects.toMatchObject({ nextRetryDelay });
});

test.each([
  ['', 'is empty'],
  ['two\nlines', 'one word of plain ASCII'],
])('a token file with %j is retried until it is corrected', async (text, problem) => {
  await writeFile(join(directory, 'token'), text);
  const tell = await tellHub(running, bare(204));

  await expect(attempt(tell)).rejects.toMatchObject({ message: expect.stringContaining(problem) });
  await writeFile(join(directory, 'token'), TOKEN);
  expect(await attempt(tell)).toBe('told');
  expect(results).toEqual(['refused', 'told']);
});

test('a missing token file is named', async () => {
  await rm(join(directory, 'token'));
  const tell = await tellHub(running);

  await expect(attempt(tell)).rejects.toMatchObject({
    message: expect.stringContaining("with the hub's service token, cannot be read: ENOENT"),
  });
});

test('a cancelled attempt drops its request, and deletes nothing', async () => {
  const arrived = Promise.withResolvers<void>();
  const tell = await tellHub(() => arrived.resolve());
  const environment = activityEnvironment();
  const outcome = environment.run(tell).catch((error: unknown) => error);
  await arrived.promise;
  environment.cancel();

  expect(await outcome).toMatchObject({ name: 'CancelledFailure' });
  await hub?.connectionClosed();
  expect(asked()).toEqual([GET]);
  expect(results).toEqual([]);
});

test('no failure shows the token', async () => {
  const tell = await tellHub(running, bare(500));
  const error: unknown = await attempt(tell).catch((error: unknown) => error);

  expect(inspect(error, { depth: 9 })).not.toContain(TOKEN);
});
