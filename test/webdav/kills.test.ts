import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freeLoopbackPort } from '../../src/process/address';
import { startFileServer } from './file-server-process';

/** Operations to break off. */
const BROKEN = Number(process.env['WEBDAV_KILLS'] ?? 12);

/** Most kills: how many break something off depends on how fast the machine is. */
const MAX_ROUNDS = 20 * BROKEN;
const SIZE = 4_000_000;
const PARTS = ['1', '2', '3'];

/** Kills come at most so long after the first requests. */
const WINDOW_MS = 450;

/** Whether a file is whole: of one length and one character. */
function isWhole(path: string): boolean {
  const content = readFileSync(path);
  return content.length === SIZE && content.equals(Buffer.alloc(SIZE, content[0]));
}

/** The files that clients see, without what the server keeps for itself. */
function visibleFiles(home: string): string[] {
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ entry, path }) => entry.isFile() && !path.includes('.nublado-'))
    .map(({ path }) => path);
}

/** Uploads, copies and moves over what is there, of files and folders, until the server is gone. */
async function work(url: string, round: number): Promise<void> {
  const gone = new AbortController();
  const send = async (method: string, path: string, options: RequestInit = {}) => {
    const answer = await fetch(url + path, { method, ...options }).catch(() => null);
    if (answer === null) gone.abort();
    return answer?.arrayBuffer().catch(() => null);
  };
  const body = Buffer.alloc(SIZE, String(round % 10));
  const to = (path: string) => ({ headers: { destination: url + path } });
  const repeat = async (step: (turn: number) => Promise<unknown>) => {
    for (let turn = 0; !gone.signal.aborted; turn += 1) await step(turn);
  };
  await Promise.all([
    repeat(() => send('PUT', 'put', { body })),
    repeat((turn) => send('PUT', `new-${round}-${turn % 3}`, { body })),
    repeat(async () => {
      await send('COPY', 'put', to('copy'));
      await send('MOVE', 'copy', to('move'));
    }),
    repeat(async () => {
      await send('COPY', 'tree', to('tree-copy'));
      await send('MOVE', 'tree-copy', to('tree-move'));
    }),
  ]);
}

test(`kills that break off ${BROKEN} operations of PUT, COPY and MOVE leave nothing but whole files and folders`, async () => {
  const home = mkdtempSync(join(tmpdir(), 'nublado-kills-'));
  for (const name of ['put', 'move']) writeFileSync(join(home, name), Buffer.alloc(SIZE, '0'));
  mkdirSync(join(home, 'tree'));
  for (const name of PARTS) writeFileSync(join(home, 'tree', name), Buffer.alloc(SIZE, 't'));
  const port = await freeLoopbackPort();
  let broken = 0;
  let round = 0;
  for (; broken < BROKEN && round < MAX_ROUNDS; round += 1) {
    const server = await startFileServer(home, port);
    const requests = work(server.url, round);
    await delay(Math.random() * WINDOW_MS);
    expect(await server.end('SIGKILL')).toBe('SIGKILL');
    await requests;
    const files = visibleFiles(home);
    expect(files.filter((path) => !isWhole(path))).toEqual([]);
    expect(files.map((path) => basename(path))).toEqual(expect.arrayContaining(['put', 'move']));
    for (const tree of readdirSync(home).filter((name) => name.startsWith('tree'))) {
      expect(readdirSync(join(home, tree)).toSorted()).toEqual(PARTS);
    }
    for (const name of readdirSync(home)) {
      const isLeftover = name.startsWith('.nublado-');
      broken += Number(isLeftover);
      if (isLeftover || name.startsWith('new-')) rmSync(join(home, name), { recursive: true });
    }
  }
  process.stderr.write(`webdav: ${broken} operations were broken off by ${round} kills\n`);
  // Else the kills came when nothing was under way, and show nothing.
  expect(broken).toBeGreaterThanOrEqual(BROKEN);
  rmSync(home, { recursive: true, force: true });
}, 1_800_000);
