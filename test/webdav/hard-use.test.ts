import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { request } from 'undici';
import { freeLoopbackPort } from '../../src/process/address';
import { eventually } from '../support/eventually';
import { type FileServerProcess, startFileServer } from './file-server-process';

const ENTRIES = Number(process.env['WEBDAV_ENTRIES'] ?? 100_000);
const SILENT = 200;
const LEVELS = 600;
const LEVEL = 'deep-tree';
const MIB = 2 ** 20;

/** Memory for data that the server may have, of which V8 reserves 560 MiB: less than the files below are long. */
const DATA_LIMIT = 768 * MIB;
const LONG = 1024 * MIB;

/** The most memory that it may ever have; a million entries were seen to take 127 MiB. */
const PEAK_MIB = 160;

let home: string;
let server: FileServerProcess;
let silent: readonly Socket[];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'nublado-hard-use-'));
  server = await startFileServer(home, await freeLoopbackPort(), {
    within: ['prlimit', `--data=${DATA_LIMIT}`],
  });
  silent = await Promise.all(Array.from({ length: SILENT }, (_, index) => silentClient(index % 2 === 0)));
});

afterAll(async () => {
  for (const socket of silent) socket.destroy();
  await server.end('SIGTERM');
  rmSync(home, { recursive: true, force: true });
});

/** A connection on which nothing comes, or nothing more after the beginning of a header. */
async function silentClient(hasBegun: boolean): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (hasBegun) socket.write('PROPFIND /files/rachel/ HTTP/1.1\r\nHost: x\r\n');
  // Else the end of the connection is never seen.
  socket.resume();
  return socket;
}

async function send(method: string, path: string, headers: Record<string, string> = {}, body?: string) {
  const options = { method: method as 'GET', headers, ...(body === undefined ? {} : { body }) };
  const { statusCode: status, headers: answered, body: content } = await request(server.url + path, options);
  return { status, headers: answered, text: await content.text() };
}

test(`a client works beside ${SILENT} that send nothing`, async () => {
  expect(silent.filter(({ readyState }) => readyState === 'open')).toHaveLength(SILENT);
  expect((await send('PUT', 'a', {}, 'text')).status).toBe(201);
  expect((await send('MOVE', 'a', { destination: `${server.url}b` })).status).toBe(201);
  expect((await send('PROPFIND', '', { depth: '1' })).text).toContain('/files/rachel/b<');
  expect((await send('GET', 'b')).text).toBe('text');
  expect((await send('DELETE', 'b')).status).toBe(204);
});

test.each([
  ['FIN', (socket: Socket) => socket.end()],
  ['RST', (socket: Socket) => socket.resetAndDestroy()],
])('clients that go in mid-upload with %s leave the old file', async (_, leave) => {
  writeFileSync(join(home, 'old'), 'old');
  const sockets = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      const [framing, body] =
        index % 2 === 0 ? ['Content-Length: 9000', 'new'] : ['Transfer-Encoding: chunked', '3\r\nnew\r\n'];
      socket.write(`PUT /files/rachel/old HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n${body}`);
      return socket;
    }),
  );
  await eventually(
    async () => readdirSync(home).length,
    (count) => count === 21,
  );
  for (const socket of sockets) leave(socket);
  await eventually(
    async () => readdirSync(home),
    (names) => names.length === 1,
  );
  for (const socket of sockets) socket.destroy();
  expect(readFileSync(join(home, 'old'), 'utf8')).toBe('old');
  rmSync(join(home, 'old'));
});

test(`a folder with ${ENTRIES} files is listed while others are served, and removed`, async () => {
  mkdirSync(join(home, 'many'));
  for (let index = 0; index < ENTRIES; index += 1) closeSync(openSync(join(home, 'many', `${index}`), 'w'));
  const { statusCode, body } = await request(`${server.url}many/`, {
    method: 'PROPFIND',
    headers: { depth: '1' },
  });
  let [responses, rest] = [0, ''];
  const servedMeanwhile: number[] = [];
  for await (const chunk of body) {
    const text = rest + String(chunk);
    responses += text.split('<D:response>').length - 1;
    rest = text.slice(-'<D:response>'.length + 1);
    if (responses > servedMeanwhile.length * (ENTRIES / 10)) {
      servedMeanwhile.push((await send('GET', 'many/0')).status);
    }
  }
  expect([statusCode, responses]).toEqual([207, ENTRIES + 1]);
  expect(servedMeanwhile).toEqual(Array.from({ length: 11 }, () => 200));
  expect((await send('DELETE', 'many')).status).toBe(204);
  expect(readdirSync(home)).toEqual([]);
}, 1_800_000);

test('files that are longer than memory are read, stored and copied', async () => {
  const sparse = join(home, 'sparse');
  writeFileSync(sparse, '');
  truncateSync(sparse, 20 * 1024 * MIB);
  expect((await send('HEAD', 'sparse')).headers['content-length']).toBe(String(20 * 1024 * MIB));
  const end = await send('GET', 'sparse', { range: `bytes=${20 * 1024 * MIB - 5}-` });
  expect([end.status, end.text]).toEqual([206, '\0\0\0\0\0']);
  truncateSync(sparse, LONG);
  const { body } = await request(`${server.url}sparse`);
  let bytes = 0;
  for await (const chunk of body) bytes += (chunk as Buffer).length;
  expect(bytes).toBe(LONG);
  const piece = Buffer.alloc(MIB, 'x');
  const stored = await request(`${server.url}stored`, {
    method: 'PUT',
    body: Readable.from(
      Array.from({ length: LONG / MIB }, () => piece),
      { objectMode: false },
    ),
  });
  await stored.body.dump();
  expect([stored.statusCode, (await send('HEAD', 'stored')).headers['content-length']]).toEqual([
    201,
    String(LONG),
  ]);
  for (const name of ['sparse', 'stored']) expect((await send('DELETE', name)).status).toBe(204);
});

test('a tree deeper than a path may be long is copied and removed', async () => {
  const script = `
    const { mkdirSync } = require('node:fs');
    for (let level = 0; level < ${LEVELS}; level += 1) { mkdirSync('${LEVEL}'); process.chdir('${LEVEL}'); }`;
  const maker = spawn(process.execPath, ['-e', script], { cwd: home, stdio: 'inherit' });
  expect(await once(maker, 'exit')).toEqual([0, null]);
  const below = (levels: number) => `${LEVEL}/`.repeat(levels);
  expect((await send('PROPFIND', below(400), { depth: '1' })).status).toBe(207);
  expect((await send('PROPFIND', below(LEVELS), { depth: '1' })).status).toBe(414);
  expect((await send('COPY', LEVEL, { destination: `${server.url}copy` })).status).toBe(201);
  expect((await send('PROPFIND', `copy/${below(399)}`, { depth: '1' })).status).toBe(207);
  for (const name of [LEVEL, 'copy']) expect((await send('DELETE', name)).status).toBe(204);
  expect(readdirSync(home)).toEqual([]);
});

test(`the ${SILENT} are disconnected`, async () => {
  const open = async () => silent.filter(({ destroyed }) => !destroyed).length;
  expect(await eventually(open, (count) => count === 0)).toBe(0);
});

test(`all of that takes less than ${PEAK_MIB} MiB of memory`, () => {
  process.stderr.write(`webdav: at most ${server.peakMiB().toFixed(0)} MiB with ${ENTRIES} entries\n`);
  expect(server.peakMiB()).toBeLessThan(PEAK_MIB);
});
