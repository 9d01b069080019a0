import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freeLoopbackPort } from '../../src/process/address';
import { debianProgram } from '../../stack/debian-program';
import { type FileServerProcess, startFileServer } from './file-server-process';

const run = promisify(execFile);

let directory: string;
let home: string;
let server: FileServerProcess;
let url: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nublado-clients-'));
  home = join(directory, 'home');
  mkdirSync(home);
  server = await startFileServer(home, await freeLoopbackPort());
  url = `http://127.0.0.1:${server.port}/files/rachel/`;
});

afterAll(async () => {
  await server.end('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
});

test('litmus passes whole, without a warning', async () => {
  const { stdout } = await run(await debianProgram('litmus'), ['-k', url], { cwd: directory });
  const summaries = [...stdout.matchAll(/of (\d+) tests run: (\d+) passed, (\d+) failed/g)];
  const counts = summaries.map((match) => match.slice(1).map(Number));
  const sum = (column: number) => counts.reduce((total, row) => total + (row[column] ?? 0), 0);
  expect([sum(0), sum(1), sum(2)]).toEqual([104, 104, 0]);
  expect(stdout).not.toMatch(/WARNING|SKIPPED|FAIL/);
});

test('rclone copies to and fro and keeps times', async () => {
  const rclone = await debianProgram('rclone');
  const remote = `:webdav,url='${url}',vendor=owncloud:`;
  const source = join(directory, 'source');
  mkdirSync(join(source, 'ä b'), { recursive: true });
  writeFileSync(join(source, 'ä b', '100% #1?.txt'), 'text');
  utimesSync(join(source, 'ä b', '100% #1?.txt'), 1_600_000_000, 1_600_000_000);
  const options = { env: { ...process.env, RCLONE_CONFIG: join(directory, 'rclone.conf') } };
  await run(rclone, ['copy', source, `${remote}copied`], options);
  const there = join(home, 'copied', 'ä b', '100% #1?.txt');
  expect([readFileSync(there, 'utf8'), statSync(there).mtimeMs]).toEqual(['text', 1_600_000_000_000]);
  await run(rclone, ['moveto', `${remote}copied`, `${remote}moved`], options);
  await run(rclone, ['copy', `${remote}moved`, join(directory, 'back')], options);
  expect(statSync(join(directory, 'back', 'ä b', '100% #1?.txt')).mtimeMs).toBe(1_600_000_000_000);
  await run(rclone, ['purge', `${remote}moved`], options);
  expect(existsSync(join(home, 'moved'))).toBe(false);
});

test('cadaver works on a locked file', async () => {
  const cadaver = await debianProgram('cadaver');
  const file = join(directory, 'paper.txt');
  writeFileSync(file, 'text');
  const commands = [
    'mkcol papers',
    'cd papers',
    `put ${file}`,
    'lock paper.txt',
    `put ${file}`,
    'ls',
    'unlock paper.txt',
    'quit',
  ];
  const child = run(cadaver, [url], { cwd: directory, env: { ...process.env, HOME: directory } });
  child.child.stdin?.end(`${commands.join('\n')}\n`);
  const { stdout } = await child;
  expect(stdout).not.toMatch(/failed/i);
  expect(stdout).toContain('paper.txt');
  expect(readFileSync(join(home, 'papers', 'paper.txt'), 'utf8')).toBe('text');
});
