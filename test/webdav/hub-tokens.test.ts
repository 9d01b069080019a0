import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeLoopbackPort } from '../../src/process/address';
import { type ActivityHub, startActivityHub } from '../support/activity-hub';
import { type HubAccounts, hubAccounts } from '../support/hub-accounts';
import { type FileServerProcess, startFileServer } from './file-server-process';

let directory: string;
let hub: ActivityHub;
let accounts: HubAccounts;
let username: string;
let labToken: string;
let server: FileServerProcess;
const log: string[] = [];
const tokens: string[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nublado-hub-tokens-'));
  hub = await startActivityHub(directory);
  accounts = hubAccounts(hub);
  username = 'rachel';
  ({ JUPYTERHUB_API_TOKEN: labToken = '' } = await hub.startServer(username));
  const home = join(directory, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'f'), 'text');
  const options = [`--user=${username}`, `--hub-api-url=${hub.apiUrl}`];
  server = await startFileServer(home, await freeLoopbackPort(), { options, log: (line) => log.push(line) });
}, 180_000);

afterAll(async () => {
  await server.end('SIGTERM');
  await hub.kill();
  rmSync(directory, { recursive: true, force: true });
});

/** A token of a user: with all their permissions, or with these scopes. */
async function tokenOf(owner: string, scopes?: readonly string[]): Promise<string> {
  const { token } = await accounts.issueToken(owner, scopes);
  tokens.push(token);
  return token;
}

async function statusWith(token: string, scheme: 'Basic' | 'Bearer' = 'Bearer'): Promise<number> {
  const credentials = scheme === 'Bearer' ? token : Buffer.from(`${username}:${token}`).toString('base64');
  const headers = { authorization: `${scheme} ${credentials}` };
  return (await fetch(`http://127.0.0.1:${server.port}/files/rachel/f`, { headers })).status;
}

test('the user’s token opens the files, as a password too', async () => {
  const token = await tokenOf(username);
  expect([await statusWith(token), await statusWith(token, 'Basic')]).toEqual([200, 200]);
});

test('a token for the user’s server alone opens them, and so does that of the lab', async () => {
  const token = await tokenOf(username, [`access:servers!user=${username}`]);
  expect([await statusWith(token), await statusWith(labToken)]).toEqual([200, 200]);
});

test('a token for other things does not', async () => {
  expect(await statusWith(await tokenOf(username, [`read:users!user=${username}`]))).toBe(403);
});

test('tokens of another user and of services do not, whatever they may do', async () => {
  const other = await tokenOf(await accounts.aUser());
  expect([
    await statusWith(other),
    await statusWith(hub.serviceToken),
    await statusWith(hub.adminToken),
  ]).toEqual([403, 403, 403]);
});

test('a revoked token does not', async () => {
  const issued = await accounts.issueToken(username);
  await accounts.revokeToken(username, issued);
  expect(await statusWith(issued.token)).toBe(401);
});

test('without the hub no new token does, but with it again', async () => {
  const known = await tokenOf(username);
  const unknown = await tokenOf(username);
  expect(await statusWith(known)).toBe(200);
  await hub.kill();
  expect([await statusWith(known), await statusWith(unknown)]).toEqual([200, 503]);
  await hub.revive();
  expect(await statusWith(unknown)).toBe(200);
});

test('the log tells of the hub, and of no token', () => {
  expect(log.join('\n')).toContain('token not looked up');
  for (const token of [...tokens, labToken, hub.adminToken]) expect(log.join('\n')).not.toContain(token);
});
