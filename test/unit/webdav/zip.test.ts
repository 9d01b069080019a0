import { chmodSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ZipArchive } from '../../../src/webdav/zip/archive';
import { archiveEnd, directoryEntry, entryHead } from '../../../src/webdav/zip/format';
import { readZip } from '../../support/zip-reader';
import { aServer, BASE, type RunningServer } from './a-server';

const head = {
  name: Buffer.from('f'),
  modifiedMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  mode: 0o100_644,
  isLarge: false,
};
const GIB_5 = 5 * 2 ** 30;

describe('long archives', () => {
  test('a large file has its size in the long field, as readers of ZIP64 expect it', () => {
    const entry = directoryEntry({ ...head, isLarge: true, crc: 1, size: GIB_5, offset: GIB_5 });
    expect([entry.readUInt32LE(20), entry.readUInt32LE(24), entry.readUInt32LE(42)]).toEqual([
      0xffff_ffff, 0xffff_ffff, 0xffff_ffff,
    ]);
    const extra = entry.subarray(46 + 1 + 9);
    expect([extra.readUInt16LE(0), extra.readUInt16LE(2)]).toEqual([1, 24]);
    const long = [4, 12, 20].map((at) => Number(extra.readBigUInt64LE(at)));
    expect(long).toEqual([GIB_5, GIB_5, GIB_5]);
    expect(entryHead({ ...head, isLarge: true }).readUInt16LE(4)).toBe(45);
  });

  test('a small file behind large ones has a long offset only', () => {
    const entry = directoryEntry({ ...head, crc: 1, size: 7, offset: GIB_5 });
    expect([entry.readUInt32LE(24), entry.readUInt32LE(42)]).toEqual([7, 0xffff_ffff]);
    const extra = entry.subarray(46 + 1 + 9);
    expect([extra.readUInt16LE(2), Number(extra.readBigUInt64LE(4))]).toEqual([8, GIB_5]);
  });

  test.each([
    [1, 100, 100, 22],
    [65_535, 100, 100, 98],
    [1, 100, GIB_5, 98],
  ])('%i entries, a directory of %i bytes at %i: the end has %i bytes', (count, size, offset, length) => {
    const end = archiveEnd(count, size, offset);
    expect(end.length).toBe(length);
    if (length === 22) return;
    expect([Number(end.readBigUInt64LE(32)), Number(end.readBigUInt64LE(48))]).toEqual([count, offset]);
    expect(Number(end.readBigUInt64LE(56 + 8))).toBe(offset + size);
  });
});

test('an archive waits for each piece to be taken', async () => {
  let waiting = 0;
  let most = 0;
  const archive = new ZipArchive(async () => {
    waiting += 1;
    most = Math.max(most, waiting);
    await new Promise((resolve) => setImmediate(resolve));
    waiting -= 1;
  });
  let made = 0;
  async function* content() {
    for (; made < 50; made += 1) {
      expect(waiting).toBe(0);
      yield Buffer.alloc(10);
    }
  }
  await archive.addFile(head, content());
  await archive.end();
  expect([made, most]).toEqual([50, 1]);
});

describe('of a folder', () => {
  let server: RunningServer;
  let inHome: (path: string) => string;

  beforeEach(async () => {
    server = await aServer();
    inHome = (path) => join(server.home, path);
    mkdirSync(inHome('work/empty'), { recursive: true });
    writeFileSync(inHome('work/ä <b>.txt'), 'text');
    chmodSync(inHome('work/ä <b>.txt'), 0o640);
    utimesSync(inHome('work/ä <b>.txt'), 1_600_000_000, 1_600_000_000);
  });

  afterEach(() => server.close());

  const download = (path: string) =>
    new Promise<{ disposition: string | undefined; archive: Buffer }>((resolve, reject) => {
      get({ host: '127.0.0.1', port: server.port, path: BASE + path, agent: false }, (response) => {
        const disposition = response.headers['content-disposition'];
        buffer(response).then((archive) => resolve({ disposition, archive }), reject);
      });
    });

  test('all that is in it, with times and permissions', async () => {
    const { archive, disposition } = await download('/work/?zip');
    expect(disposition).toBe("attachment; filename*=UTF-8''work.zip");
    const entries = readZip(archive);
    expect(entries.map(({ name }) => name).toSorted()).toEqual(['work/empty/', 'work/ä <b>.txt']);
    const file = entries.find(({ name }) => name.endsWith('.txt'));
    expect([file?.content.toString(), file?.mode, file?.modifiedSeconds]).toEqual([
      'text',
      0o100_640,
      1_600_000_000,
    ]);
  });

  test('of the served folder, named after it', async () => {
    const { archive, disposition } = await download('/?zip');
    expect(disposition).toBe("attachment; filename*=UTF-8''rachel.zip");
    expect(readZip(archive).map(({ name }) => name)).toContain('rachel/work/ä <b>.txt');
  });

  test('links lead to files inside only, and what is left out is told in it', async () => {
    writeFileSync(inHome('target'), 'inside');
    symlinkSync('/target', inHome('work/link'));
    symlinkSync('/etc/hostname', inHome('work/outside'));
    symlinkSync('..', inHome('work/loop'));
    const { archive } = await download('/work?zip');
    const contents = Object.fromEntries(
      readZip(archive).map(({ content, name }) => [name, content.toString()]),
    );
    expect(Object.keys(contents).toSorted()).toEqual([
      'work/LEFT-OUT.txt',
      'work/empty/',
      'work/link',
      'work/ä <b>.txt',
    ]);
    expect(contents['work/link']).toBe('inside');
    expect(contents['work/LEFT-OUT.txt']).toBe('Not in this archive:\n\nwork/loop: a link to a folder\n');
  });

  test('a file that becomes shorter meanwhile is as long as it was read, and that is told', async () => {
    // Larger than what fits into the connection, so that it is not yet read when the answer begins.
    const length = 64 * 2 ** 20;
    writeFileSync(inHome('work/shrinking'), '');
    truncateSync(inHome('work/shrinking'), length);
    const archive = await new Promise<Buffer>((resolve, reject) => {
      get({ host: '127.0.0.1', port: server.port, path: `${BASE}/work?zip`, agent: false }, (response) => {
        response.once('readable', () => {
          truncateSync(inHome('work/shrinking'), length / 2);
          buffer(response).then(resolve, reject);
        });
      });
    });
    const entries = readZip(archive);
    const size = entries.find(({ name }) => name === 'work/shrinking')?.content.length ?? 0;
    expect(size).toBeLessThan(length);
    expect(entries.at(-1)?.content.toString()).toContain('work/shrinking: not to its end');
  });

  test('a client that goes away ends the reading', async () => {
    writeFileSync(inHome('work/large'), '');
    truncateSync(inHome('work/large'), 2 ** 30);
    await new Promise<void>((resolve) => {
      get({ host: '127.0.0.1', port: server.port, path: `${BASE}/?zip`, agent: false }, (response) => {
        response.once('readable', () => response.destroy());
        response.once('close', () => resolve());
      });
    });
    // The server's own end waits for requests under way; a reading that went on would be one.
    await server.server.close();
    expect(server.failures).toEqual([]);
  });
});
