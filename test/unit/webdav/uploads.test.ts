import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { aServer, BASE, lockBody, type RunningServer, tokenOf } from './a-server';

const ID = '0123456789abcdef';
const PART = `.nublado-${ID}.part`;

let server: RunningServer;
let inHome: (path: string) => string;
const ask = (...request: Parameters<RunningServer['ask']>) => server.ask(...request);

beforeEach(async () => {
  server = await aServer();
  inHome = (path) => join(server.home, path);
});

afterEach(async () => {
  await server.close();
});

/** Sends a piece of a file of 9 bytes. */
const piece = (body: string, offset: number, headers: Record<string, string> = {}, path = '/f') =>
  ask(
    'PATCH',
    `${path}?upload=${ID}`,
    { 'upload-offset': String(offset), 'upload-length': '9', ...headers },
    body,
  );
const arrived = () => ask('HEAD', `/f?upload=${ID}`);

/** Begins a piece and sends less than it says. */
function beginPiece(text: string): Socket {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  const headers = 'Host: x\r\nUpload-Offset: 0\r\nUpload-Length: 9\r\nContent-Length: 9\r\n';
  socket.write(`PATCH ${BASE}/f?upload=${ID} HTTP/1.1\r\n${headers}\r\n${text}`);
  return socket;
}

async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; !holds(); attempt += 1) {
    if (attempt > 500) throw new Error('it did not happen');
    await delay(10);
  }
}

const partSize = () => statSync(inHome(PART), { throwIfNoEntry: false })?.size ?? 0;

test('a file comes in pieces, and appears when it is whole', async () => {
  expect((await arrived()).status).toBe(404);
  const first = await piece('one', 0, { 'if-none-match': '*' });
  expect([first.status, first.headers['upload-offset']]).toEqual([202, '3']);
  expect((await ask('GET', '/f')).status).toBe(404);
  expect((await ask('PROPFIND', '/', { depth: '1' })).body).not.toContain('nublado');
  expect((await arrived()).headers['upload-offset']).toBe('3');

  const last = await piece('two345', 3, { 'if-none-match': '*', 'x-oc-mtime': '1600000000' });
  expect([last.status, last.headers['x-oc-mtime']]).toEqual([201, 'accepted']);
  expect([readFileSync(inHome('f'), 'utf8'), statSync(inHome('f')).mtimeMs]).toEqual([
    'onetwo345',
    1_600_000_000_000,
  ]);
  expect(readdirSync(server.home)).toEqual(['f']);
  expect((await ask('HEAD', '/f')).headers.etag).toBe(last.headers.etag);
});

test('what had arrived when the connection broke need not be sent again', async () => {
  const socket = beginPiece('one');
  await until(() => partSize() === 3);
  socket.destroy();
  expect((await arrived()).headers['upload-offset']).toBe('3');
  expect((await piece('two345', 3)).status).toBe(201);
  expect(readFileSync(inHome('f'), 'utf8')).toBe('onetwo345');
});

test('a client that is back before the server notices takes over', async () => {
  const socket = beginPiece('one');
  await until(() => partSize() === 3);
  const broken = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  expect((await arrived()).headers['upload-offset']).toBe('3');
  await broken;
  expect((await piece('two345', 3)).status).toBe(201);
});

test('a piece that does not continue what is there is refused', async () => {
  expect((await piece('x', 4)).status).toBe(409);
  await piece('one', 0);
  expect((await piece('x', 0)).status).toBe(409);
  expect((await piece('x', 4)).status).toBe(409);
  expect((await piece('two3456', 3)).status).toBe(400);
  expect((await arrived()).headers['upload-offset']).toBe('3');
});

test('a file that another client makes meanwhile stays, until the user decides, and nothing is sent again', async () => {
  await piece('one', 0, { 'if-none-match': '*' });
  expect((await ask('PUT', '/f', {}, 'other')).status).toBe(201);
  expect((await piece('two345', 3, { 'if-none-match': '*' })).status).toBe(412);
  expect(readFileSync(inHome('f'), 'utf8')).toBe('other');

  const { headers } = await ask('HEAD', '/f');
  await piece('two345', 3, { 'if-match': String(headers.etag) });
  expect(readFileSync(inHome('f'), 'utf8')).toBe('onetwo345');
});

test('a change while the last piece comes fails the condition, and the whole can then be put in place without a body', async () => {
  writeFileSync(inHome('f'), 'old');
  chmodSync(inHome('f'), 0o640);
  const before = String((await ask('HEAD', '/f')).headers.etag);
  const socket = connect(server.port, '127.0.0.1');
  const headers = `Host: x\r\nIf-Match: ${before}\r\nUpload-Offset: 0\r\nUpload-Length: 9\r\nContent-Length: 9\r\n`;
  socket.write(`PATCH ${BASE}/f?upload=${ID} HTTP/1.1\r\n${headers}\r\none`);
  await until(() => partSize() === 3);
  await ask('PUT', '/f', {}, 'between');
  const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
  socket.write('two345');
  expect(await answer).toMatch(/^HTTP\/1.1 412/);
  socket.destroy();

  const { headers: now } = await ask('HEAD', '/f');
  expect((await piece('', 9, { 'if-match': String(now.etag) })).status).toBe(204);
  expect([readFileSync(inHome('f'), 'utf8'), statSync(inHome('f')).mode & 0o777]).toEqual([
    'onetwo345',
    0o640,
  ]);
});

test('a locked name takes no pieces', async () => {
  const locked = await ask('LOCK', '/f', {}, lockBody());
  expect((await piece('one', 0)).status).toBe(423);
  expect(readdirSync(server.home)).toEqual(['f']);
  expect((await piece('one', 0, { if: `(${tokenOf(locked)})` })).status).toBe(202);
});

test('an upload that is given up leaves nothing', async () => {
  await piece('one', 0);
  expect((await ask('DELETE', `/f?upload=${ID}`)).status).toBe(204);
  expect(readdirSync(server.home)).toEqual([]);
  expect((await ask('DELETE', `/f?upload=${ID}`)).status).toBe(204);
});

test.each(['', 'x', `${ID}0`, ID.toUpperCase(), '../../../../etc'])(
  'the ID %j is refused, and no request about an upload is taken for one about the file',
  async (id) => {
    writeFileSync(inHome('f'), 'old');
    expect((await ask('DELETE', `/f?upload=${id}`)).status).toBe(400);
    expect(readFileSync(inHome('f'), 'utf8')).toBe('old');
  },
);

test.each([
  ['a folder', '/', {}, 405],
  ['a folder that is missing', '/missing/f', {}, 409],
  ['no length', '/f', { 'upload-length': 'x' }, 400],
  ['an end before the beginning', '/f', { 'upload-offset': '10' }, 400],
  ['a file for which there is no room', '/f', { 'upload-length': '999999999999999' }, 507],
])('an upload to %s is refused', async (_case, path, headers, status) => {
  expect((await piece('one', 0, headers, path)).status).toBe(status);
  expect(readdirSync(server.home)).toEqual([]);
});

test('without the query PATCH is no method, as before', async () => {
  expect((await ask('PATCH', '/f', {}, 'one')).status).toBe(501);
});
