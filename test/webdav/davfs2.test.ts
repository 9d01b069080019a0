import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freeLoopbackPort } from '../../src/process/address';
import { debianProgram } from '../../stack/debian-program';
import { startFileServer, withMounts } from './file-server-process';

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

test('davfs2 mounts the files, reads and writes them', async () => {
  const mount = await debianProgram('mount.davfs');
  const directory = mkdtempSync(join(tmpdir(), 'nublado-davfs2-'));
  const [home, mounted, configuration] = ['home', 'mounted', 'davfs2.conf'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  for (const path of [mounted, join(home, 'old', 'tree')]) mkdirSync(path, { recursive: true });
  const large = Buffer.alloc(3_000_000, 'large');
  writeFileSync(join(home, 'old', 'large'), large);
  for (const name of ['replaced', 'removed', 'tree/leaf']) writeFileSync(join(home, 'old', name), 'old');
  writeFileSync(configuration, CONFIGURATION);
  const server = await startFileServer(home, await freeLoopbackPort());
  try {
    const script = `
      '${mount}' -o 'conf=${configuration}' '${server.url}' '${mounted}'
      (cd '${mounted}'; ${WORK})
      umount '${mounted}' > /dev/null`;
    const [program = '', ...args] = withMounts(script);
    const { stdout } = await promisify(execFile)(program, [...args, 'true'], { env: process.env });
    expect(stdout).toBe('textmorelarge\nreplaced\n');
    expect(readFileSync(join(home, 'folder', 'paper.txt'), 'utf8')).toBe('textmore');
    expect(readFileSync(join(home, 'folder', 'large')).equals(large)).toBe(true);
    expect(readFileSync(join(home, 'old', 'replaced'), 'utf8')).toBe('new');
    expect(readdirSync(home, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual([
      'folder',
      'folder/large',
      'folder/paper.txt',
      'old',
      'old/large',
      'old/replaced',
    ]);
  } finally {
    await server.end('SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  }
});
