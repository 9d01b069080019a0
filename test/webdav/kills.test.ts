import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freeLoopbackPort } from '../../src/process/address';
import { startFileServer } from './file-server-process';

const ROUNDS = 10;
const SIZE = 4_000_000;

/** Whether a file is whole: of one length and one character. */
function isWhole(path: string): boolean {
  const content = readFileSync(path);
  return content.length === SIZE && content.every((byte) => byte === content[0]);
}

test(`${ROUNDS} kills during PUT, COPY and MOVE leave whole files alone`, async () => {
  const home = mkdtempSync(join(tmpdir(), 'nublado-kills-'));
  const names = ['put', 'copy', 'move'];
  for (const name of names) writeFileSync(join(home, name), Buffer.alloc(SIZE, '0'));
  mkdirSync(join(home, 'tree'));
  for (const name of ['1', '2', '3']) writeFileSync(join(home, 'tree', name), Buffer.alloc(SIZE, 't'));
  const port = await freeLoopbackPort();
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await startFileServer(home, port);
    const url = `http://127.0.0.1:${port}/files/rachel/`;
    const send = (method: string, path: string, options: RequestInit = {}) =>
      fetch(url + path, { method, ...options }).catch(() => null);
    const body = Buffer.alloc(SIZE, String(round));
    const to = (path: string) => ({ headers: { destination: url + path } });
    const requests = (async () => {
      for (let turn = 0; turn < 20; turn += 1) {
        await Promise.all([
          send('PUT', 'put', { body }),
          send('COPY', 'put', to('copy')),
          send('COPY', 'tree', to('tree2')),
        ]);
        await send('MOVE', 'copy', to('move'));
      }
    })();
    await delay(50 + round * 37);
    await server.end('SIGKILL');
    await requests;
    const files = readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).includes('.nublado-'))
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter((path) => !isWhole(path))).toEqual([]);
  }
  rmSync(home, { recursive: true, force: true });
});
