import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHubUsageClient, type HubUsageClient } from '../../../src/jupyterhub/usage-updates';
import { freeLoopbackPort } from '../../../src/process/address';
import { type Answer, json, type ScriptedServer, startScriptedServer } from '../kubernetes/scripted-server';

const TOKEN = '15c42511c3a34ff597069b9d40879e35';

const RACHEL = {
  username: 'rachel',
  server: '',
  lastActivityMs: Date.parse('2077-10-23T09:47:00.123Z'),
};

let directory: string;
let tokenPath: string;
let hub: ScriptedServer;
let activity: HubUsageClient;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hub-activity-'));
  tokenPath = join(directory, 'token');
  writeFileSync(tokenPath, `${TOKEN}\n`);
});

afterEach(async () => {
  await activity.close();
  await hub.close();
  rmSync(directory, { recursive: true });
});

async function hubAnswering(...answers: Answer[]): Promise<void> {
  hub = await startScriptedServer(...answers);
  activity = createHubUsageClient({ apiUrl: `${hub.url}/hub/api/`, tokenPath, timeoutMs: 5_000 });
}

const ok: Answer = (response) => void response.writeHead(200).end();

test('the hub gets the update that a lab itself would send, with the token of the service', async () => {
  await hubAnswering(ok);

  expect(await activity.send(RACHEL)).toEqual({ kind: 'sent' });
  expect(hub.requests).toEqual([
    expect.objectContaining({
      method: 'POST',
      path: '/hub/api/users/rachel/activity',
      authorization: `token ${TOKEN}`,
      body: JSON.stringify({
        last_activity: '2077-10-23T09:47:00.123Z',
        servers: { '': { last_activity: '2077-10-23T09:47:00.123Z' } },
      }),
    }),
  ]);
});

test('of an answer without end only the status counts', async () => {
  const closed = Promise.withResolvers<void>();
  await hubAnswering((response) => {
    response.on('close', () => closed.resolve());
    response.writeHead(200);
    const write = (): void => {
      while (!response.destroyed && response.write(' '.repeat(2 ** 16)));
      if (!response.destroyed) response.once('drain', write);
    };
    write();
  }, ok);

  expect(await activity.send(RACHEL)).toEqual({ kind: 'sent' });
  await closed.promise;
  expect(await activity.send(RACHEL)).toEqual({ kind: 'sent' });
});

test('names are written so that the hub reads them as they are', async () => {
  await hubAnswering(ok);
  await activity.send({ ...RACHEL, username: 'r/a@b?c', server: null });

  expect(hub.requests[0]).toMatchObject({
    path: '/hub/api/users/r%2Fa%40b%3Fc/activity',
    body: JSON.stringify({ last_activity: '2077-10-23T09:47:00.123Z' }),
  });
});

test('a renewed token is used at once, and one connection for everything', async () => {
  await hubAnswering(ok);
  await activity.send(RACHEL);
  writeFileSync(tokenPath, 'the-next-token');
  await activity.send(RACHEL);

  expect(hub.requests.map(({ authorization }) => authorization)).toEqual([
    `token ${TOKEN}`,
    'token the-next-token',
  ]);
  expect(hub.connections()).toBe(1);
});

test.each([
  [200, { kind: 'sent' }],
  [400, { kind: 'dropped', status: 400 }],
  [404, { kind: 'dropped', status: 404 }],
  [401, { kind: 'refused', problem: expect.stringContaining('status 401') }],
  [403, { kind: 'refused', problem: expect.stringContaining('scope users:activity') }],
  [302, { kind: 'refused', problem: expect.stringContaining('hub.apiUrl') }],
  [429, { kind: 'unavailable', problem: 'status 429', retryAfterMs: null }],
  [500, { kind: 'unavailable', problem: 'status 500', retryAfterMs: null }],
])('the answer %i is understood', async (status, outcome) => {
  await hubAnswering(json(status, { message: 'as the hub says' }));

  expect(await activity.send(RACHEL)).toEqual(outcome);
});

test('the delay of Retry-After is returned', async () => {
  await hubAnswering(json(503, {}, { 'retry-after': '7' }));

  expect(await activity.send(RACHEL)).toMatchObject({ kind: 'unavailable', retryAfterMs: 7_000 });
});

test('a hub that never answers is given up', async () => {
  await hubAnswering(() => {});
  await activity.close();
  activity = createHubUsageClient({ apiUrl: hub.url, tokenPath, timeoutMs: 50 });

  expect(await activity.send(RACHEL)).toEqual({
    kind: 'unavailable',
    problem: 'no answer in time',
    retryAfterMs: null,
  });
});

test('an unreachable hub has its own result', async () => {
  await hubAnswering(ok);
  await activity.close();
  const apiUrl = `http://127.0.0.1:${await freeLoopbackPort()}/hub/api`;
  activity = createHubUsageClient({ apiUrl, tokenPath, timeoutMs: 5_000 });

  expect(await activity.send(RACHEL)).toMatchObject({ kind: 'unavailable', problem: 'ECONNREFUSED' });
});

test('without a token nothing is sent', async () => {
  await hubAnswering(ok);
  rmSync(tokenPath);

  expect(await activity.send(RACHEL)).toEqual({
    kind: 'refused',
    problem: `${tokenPath}, with the hub's service token, cannot be read: ENOENT`,
  });
  expect(hub.requests).toEqual([]);
});
