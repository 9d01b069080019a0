import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { debianProgram } from '../../stack/debian-program';
import {
  aFileServerWorld,
  aFileUser,
  type FileServerWorld,
  openServer,
  podPathOf,
} from '../support/file-server-world';
import { withMounts } from '../webdav/file-server-process';

/*
 * Real clients at a file server that its workflow has started, whose pod runs as a process. They speak to the pod: behind
 * an ingress they would all need tokens.
 */

const run = promisify(execFile);
const ID = 5_555;
const pod = z.object({ status: z.object({ podIP: z.string() }) });

/**
 * Nothing is asked, and every file is sent as soon as it is closed. With davfs2's own 16 KiB as the buffer, newer kernels
 * read no folder: they ask for more entries at once.
 */
const CONFIGURATION = 'ask_auth 0\nuse_locks 1\ndelay_upload 0\nbuf_size 256\n';

/** What a user does in the mounted folder; the unmounting waits until everything is sent. */
const WORK = `
  printf text > 'paper ä #1%.txt'
  mkdir folder
  printf more >> 'paper ä #1%.txt'
  mv 'paper ä #1%.txt' folder/paper.txt
  cat folder/paper.txt
  cp old/large folder/large
  printf new > old/replaced
  rm old/removed
  rm -r old/tree
  ls old`;

let directory: string;
let world: FileServerWorld;
/** The user's home directory on the stack's nodes. */
let home: string;
/** URL of the home directory at the pod, with a slash at the end. */
let url: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nublado-clients-'));
  world = await aFileServerWorld();
  await world.start('serve');
  const user = await aFileUser(world, { uid: ID, gid: ID });
  home = join(world.stack.directory, 'nodes/homes', user.username);
  mkdirSync(home, { recursive: true });
  await giveToUser();
  await openServer(world, user);
  const { body } = await world.cluster.send('GET', await podPathOf(world, user));
  url = `http://${pod.parse(body).status.podIP}:8000/files/${user.username}/home/${user.username}/`;
});

afterAll(async () => {
  await world.stop();
  rmSync(directory, { recursive: true, force: true });
});

const giveToUser = () => run('chown', ['-R', `${ID}:${ID}`, home]);

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

test('davfs2 mounts the files, reads and writes them', async () => {
  const mount = await debianProgram('mount.davfs');
  const [mounted, configuration] = ['mounted', 'davfs2.conf'].map((name) => join(directory, name)) as [
    string,
    string,
  ];
  const own = join(home, 'davfs2');
  for (const path of [mounted, join(own, 'old', 'tree')]) mkdirSync(path, { recursive: true });
  const large = Buffer.alloc(3_000_000, 'large');
  writeFileSync(join(own, 'old', 'large'), large);
  for (const name of ['replaced', 'removed', 'tree/leaf']) writeFileSync(join(own, 'old', name), 'old');
  writeFileSync(configuration, CONFIGURATION);
  await giveToUser();
  const script = `
    '${mount}' -o 'conf=${configuration}' '${url}davfs2/' '${mounted}'
    (cd '${mounted}'; ${WORK})
    umount '${mounted}' > /dev/null`;
  const [program = '', ...args] = withMounts(script);
  const { stdout } = await run(program, [...args, 'true'], { env: process.env });
  expect(stdout).toBe('textmorelarge\nreplaced\n');
  expect(readFileSync(join(own, 'folder', 'paper.txt'), 'utf8')).toBe('textmore');
  expect(readFileSync(join(own, 'folder', 'large')).equals(large)).toBe(true);
  expect(readFileSync(join(own, 'old', 'replaced'), 'utf8')).toBe('new');
  expect(readdirSync(own, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual([
    'folder',
    'folder/large',
    'folder/paper.txt',
    'old',
    'old/large',
    'old/replaced',
  ]);
});
