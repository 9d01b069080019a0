import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { freeLoopbackPort } from '../../src/process/address';
import { type FileServerProcess, startFileServer } from './file-server-process';

const ROUNDS = 60;

/**
 * Exchanges `tree/swap` for a link to a folder outside and back as fast as it can, until it is killed. What the server
 * has removed meanwhile is made again.
 */
const SWAPPER = `
const { existsSync, lstatSync, mkdirSync, renameSync, symlinkSync, writeFileSync } = require('node:fs');
const [home, outside] = process.argv.slice(1);
const [swap, kept, link] = ['tree/swap', 'kept', 'link'].map((name) => home + '/' + name);
const attempt = (operation) => { try { operation(); } catch {} };
const repair = () => {
  attempt(() => mkdirSync(home + '/tree'));
  attempt(() => renameSync(kept, swap));
  attempt(() => {
    // Through the link this would be outside.
    if (!lstatSync(swap, { throwIfNoEntry: false })) mkdirSync(swap);
    if (!lstatSync(swap).isDirectory()) renameSync(swap, link);
    else if (!existsSync(swap + '/inner')) {
      mkdirSync(swap + '/inner');
      writeFileSync(swap + '/inner/file', 'mine');
    }
  });
  attempt(() => symlinkSync(outside, link));
};
repair();
console.log('swapping');
for (;;) {
  try {
    renameSync(swap, kept);
    renameSync(link, swap);
    renameSync(swap, link);
    renameSync(kept, swap);
  } catch { repair(); }
}`;

let directory: string;
let home: string;
let outside: string;
let server: FileServerProcess;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nublado-swapped-'));
  [home, outside] = [join(directory, 'home'), join(directory, 'outside')];
  mkdirSync(home);
  mkdirSync(join(outside, 'inner'), { recursive: true });
  writeFileSync(join(outside, 'inner', 'file'), 'secret');
  writeFileSync(join(outside, 'other'), 'secret');
  server = await startFileServer(home, await freeLoopbackPort());
});

afterEach(async () => {
  await server.end('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
});

async function send(method: string, path: string, headers: Record<string, string> = {}, body?: string) {
  const options = { method: method as 'GET', headers, ...(body === undefined ? {} : { body }) };
  const { statusCode, body: content } = await request(server.url + path, options);
  return { status: statusCode, text: await content.text() };
}

/** Contents of all files below a folder, without following links. */
function contents(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return contents(path);
    return entry.isFile() ? [readFileSync(path, 'utf8')] : [];
  });
}

test('a folder that is exchanged for a link during walks leads no walk out', async () => {
  const swapper = spawn(process.execPath, ['-e', SWAPPER, home, outside], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(swapper.stdout, 'data');
  const to = (path: string) => ({ destination: server.url + path });
  const outcomes = new Set<number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const answers = await Promise.all([
      send('COPY', 'tree', to('copy')),
      send('PROPFIND', 'tree/swap/', { depth: '1' }),
      send('GET', 'tree/swap/inner/file'),
      send('PUT', 'tree/swap/inner/file', {}, 'mine'),
      send('PUT', 'tree/swap/new', {}, 'mine'),
      send('MKCOL', 'tree/swap/folder'),
      send('COPY', 'tree/swap/inner', to('inner-copy')),
      send('MOVE', 'tree/swap/inner', to('inner-moved')),
      send('DELETE', round % 3 === 0 ? 'tree' : 'tree/swap/inner'),
    ]);
    for (const { status, text } of answers) {
      outcomes.add(status);
      expect(text).not.toMatch(/secret|swap\/other/);
    }
  }
  swapper.kill('SIGKILL');
  await once(swapper, 'exit');
  // Both the folder and the link were met, else nothing was tested.
  expect([...outcomes]).toEqual(expect.arrayContaining([200, 201, 204, 207, 404]));
  expect([...outcomes].filter((status) => status >= 500)).toEqual([]);
  expect(readdirSync(outside, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual([
    'inner',
    'inner/file',
    'other',
  ]);
  expect(readFileSync(join(outside, 'inner', 'file'), 'utf8')).toBe('secret');
  expect(new Set(contents(home))).toEqual(new Set(['mine']));
});
