import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { request } from 'undici';
import { freeLoopbackPort } from '../../src/process/address';
import { debianProgram } from '../../stack/debian-program';
import { type FileServerProcess, startFileServer, withMounts } from './file-server-process';

const MIB = 2 ** 20;

let server: FileServerProcess;
let directory: string;
let home: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nublado-full-'));
  home = join(directory, 'home');
  mkdirSync(home);
});

afterEach(async () => {
  await server.end('SIGTERM');
  // Its mounts have ended with it: what is there is an empty folder.
  rmdirSync(home);
  rmSync(directory, { recursive: true });
});

async function send(method: string, path: string, headers: Record<string, string> = {}) {
  const { statusCode, body } = await request(server.url + path, { method: method as 'PUT', headers });
  return { status: statusCode, text: await body.text() };
}

/** Sends so many MiB of one character, in chunks unless their length is to be declared. */
async function put(path: string, mebibytes: number, character: string, isDeclared = false) {
  const piece = Buffer.alloc(MIB / 4, character);
  const { statusCode, body } = await request(server.url + path, {
    method: 'PUT',
    body: Readable.from(
      Array.from({ length: mebibytes * 4 }, () => piece),
      { objectMode: false },
    ),
    headers: isDeclared ? { 'content-length': String(mebibytes * MIB) } : {},
  });
  return { status: statusCode, text: await body.text() };
}

const entries = () => readdirSync(server.seen(home)).toSorted();

async function expectOldFile(): Promise<void> {
  const { status, text } = await send('GET', 'file');
  expect([status, text === 'o'.repeat(MIB)]).toEqual([200, true]);
}

describe('a disk of 16 MiB', () => {
  beforeEach(async () => {
    const mount = `mount -t tmpfs -o size=16m,mode=777 tmpfs '${home}'`;
    server = await startFileServer(home, await freeLoopbackPort(), { within: withMounts(mount) });
    await put('file', 1, 'o');
  });

  test('that is full in mid-upload leaves the old file whole, and nothing of the new one', async () => {
    const { status, text } = await put('file', 40, 'n');
    expect([status, text]).toEqual([507, expect.stringContaining('<D:sufficient-disk-space/>')]);
    await expectOldFile();
    expect(entries()).toEqual(['file']);
    expect((await put('file', 2, 'n')).status).toBe(204);
  });

  test('refuses a body of too great a length before any of it is written', async () => {
    const { status } = await put('file', 40, 'n', true);
    expect(status).toBe(507);
    await expectOldFile();
  });

  test('that is full during COPY and MOVE keeps source and destination', async () => {
    expect((await put('folder-file', 9, 's')).status).toBe(201);
    expect((await send('MKCOL', 'folder')).status).toBe(201);
    expect((await send('MOVE', 'folder-file', { destination: `${server.url}folder/file` })).status).toBe(201);
    expect((await send('COPY', 'folder/file', { destination: `${server.url}file` })).status).toBe(507);
    await expectOldFile();
    const copied = await send('COPY', 'folder', { destination: `${server.url}copy` });
    expect([copied.status, copied.text]).toEqual([207, expect.stringContaining('HTTP/1.1 507')]);
    expect((await send('DELETE', 'copy')).status).toBe(204);
    expect(entries()).toEqual(['file', 'folder']);
  });

  test('that others have filled can still be read and emptied', async () => {
    expect(() => writeFileSync(server.seen(join(home, 'filler')), Buffer.alloc(20 * MIB))).toThrow('ENOSPC');
    expect((await put('new', 1, 'n')).status).toBe(507);
    await expectOldFile();
    expect((await send('PROPFIND', '', { depth: '1' })).text).toContain('/files/rachel/filler');
    expect((await send('DELETE', 'filler')).status).toBe(204);
    expect((await put('new', 1, 'n')).status).toBe(201);
  });
});

test('a quota that is exceeded in mid-upload leaves the old file whole', async () => {
  const image = join(directory, 'image');
  writeFileSync(image, '');
  truncateSync(image, 256 * MIB);
  const format = await debianProgram('mkfs.btrfs');
  const mount = `
    ${format} -q '${image}'
    mount -o loop '${image}' '${home}'
    btrfs quota enable '${home}'
    btrfs qgroup limit 8M '${home}'`;
  server = await startFileServer(home, await freeLoopbackPort(), { within: withMounts(mount) });
  expect((await put('file', 1, 'o')).status).toBe(201);
  const { status, text } = await put('file', 40, 'n');
  expect([status, text]).toEqual([507, expect.stringContaining('<D:quota-not-exceeded/>')]);
  await expectOldFile();
  expect(entries()).toEqual(['file']);
});
