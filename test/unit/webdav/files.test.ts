import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { removeLeftovers } from '../../../src/webdav/tree/leftovers';
import { ServedTree } from '../../../src/webdav/tree/served-tree';
import { aServer, BASE, lockBody, type RunningServer, tokenOf } from './a-server';

let server: RunningServer;
let inHome: (path: string) => string;
const ask = (...request: Parameters<RunningServer['ask']>) => server.ask(...request);
const status = async (...request: Parameters<RunningServer['ask']>) => (await ask(...request)).status;
const destination = (path: string, others = {}) => ({ destination: BASE + path, ...others });

beforeEach(async () => {
  server = await aServer();
  inHome = (path) => join(server.home, path);
  writeFileSync(inHome('f'), 'old');
});

afterEach(async () => {
  await server.close();
});

async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; !holds(); attempt += 1) {
    if (attempt > 500) throw new Error('it did not happen');
    await delay(10);
  }
}

describe('uploads', () => {
  test('one that is broken off leaves the old file, and nothing of its own', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`PUT ${BASE}/f HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nnew`);
    await until(() => readdirSync(server.home).length === 2);
    expect((await ask('PROPFIND', '/', { depth: '1' })).body).not.toContain('nublado');
    expect(server.idle.idleMs()).toBe(0);
    socket.destroy();
    await until(() => readdirSync(server.home).length === 1);
    expect(readFileSync(inHome('f'), 'utf8')).toBe('old');
  });

  test('the tag of the answer is that of the file', async () => {
    const { status: created, headers } = await ask('PUT', '/g', {}, 'text');
    const got = await ask('GET', '/g');
    expect([created, got.status, got.body, got.headers.etag]).toEqual([201, 200, 'text', headers.etag]);
    expect((await ask('PROPFIND', '/g', { depth: '0' })).body).toContain(
      String(headers.etag).replaceAll('"', '&quot;'),
    );
  });

  test('permissions and the asked time are kept', async () => {
    chmodSync(inHome('f'), 0o751);
    const { status: replaced, headers } = await ask('PUT', '/f', { 'x-oc-mtime': '1600000000' }, 'new');
    expect([replaced, headers['x-oc-mtime']]).toEqual([204, 'accepted']);
    const { mode, mtimeMs } = statSync(inHome('f'));
    expect([mode & 0o777, mtimeMs]).toEqual([0o751, 1_600_000_000_000]);
  });

  test.each([
    ['/f', { 'content-range': 'bytes 0-2/3' }, 400],
    ['/f', { 'if-match': '"stale"' }, 412],
    ['/f', { 'if-none-match': '*' }, 412],
    ['/missing/f', {}, 409],
    ['/f/g', {}, 409],
    ['/', {}, 405],
    ['/.nublado-0123456789abcdef.part', {}, 403],
    [`/${'x'.repeat(300)}`, {}, 414],
  ])('%s with %j is answered %i, and nothing changes', async (path, headers, code) => {
    expect(await status('PUT', path, headers, 'new')).toBe(code);
    expect(readdirSync(server.home)).toEqual(['f']);
    expect(readFileSync(inHome('f'), 'utf8')).toBe('old');
  });

  test('a change during the body fails a condition that held before', async () => {
    const { headers } = await ask('HEAD', '/f');
    const socket = connect(server.port, '127.0.0.1');
    socket.write(
      `PUT ${BASE}/f HTTP/1.1\r\nHost: x\r\nIf-Match: ${headers.etag}\r\nContent-Length: 6\r\n\r\nnew`,
    );
    await until(() => readdirSync(server.home).length === 2);
    expect(await status('PUT', '/f', {}, 'between')).toBe(204);
    socket.write('end');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 412/);
    socket.destroy();
    expect([readFileSync(inHome('f'), 'utf8'), readdirSync(server.home)]).toEqual(['between', ['f']]);
  });

  test('of two that must be the first, one is', async () => {
    const codes = await Promise.all(
      Array.from({ length: 8 }, () => status('PUT', '/g', { 'if-none-match': '*' }, 'x')),
    );
    expect(codes.toSorted((a, b) => a - b)).toEqual([201, ...Array.from({ length: 7 }, () => 412)]);
  });

  test('conditions are decided before the body is asked for', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const start = `PUT ${BASE}/f HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n`;
    socket.write(`${start}If-Match: "stale"\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 412/);
    socket.destroy();
  });
});

describe('links', () => {
  let outside: string;

  beforeEach(() => {
    outside = mkdtempSync(join(tmpdir(), 'nublado-outside-'));
    writeFileSync(join(outside, 'secret'), 'secret');
    mkdirSync(inHome('d'));
    writeFileSync(inHome('d/g'), 'inside');
    symlinkSync(outside, inHome('out'));
    symlinkSync(join(outside, 'secret'), inHome('out-file'));
    symlinkSync(`${'../'.repeat(20)}${outside}/secret`, inHome('up'));
    symlinkSync('/d', inHome('in'));
    symlinkSync('d/g', inHome('in-file'));
    symlinkSync('round', inHome('round'));
  });

  test.each([
    ['/out/secret', 404],
    ['/out-file', 404],
    ['/up', 404],
    ['/round', 404],
    ['/in/g', 200],
    ['/in-file', 200],
  ])('GET %s is answered %i', async (path, code) => {
    const answer = await ask('GET', path);
    expect(answer.status).toBe(code);
    expect(answer.body).not.toContain('secret');
  });

  test('nothing is written through those that lead out', async () => {
    const codes = [
      await status('PUT', '/out/secret', {}, 'x'),
      await status('PUT', '/out-file', {}, 'x'),
      await status('PUT', '/out/new', {}, 'x'),
      await status('MKCOL', '/out/new'),
      await status('COPY', '/f', destination('/out/new')),
      await status('DELETE', '/out/secret'),
    ];
    expect(codes).toEqual([409, 409, 409, 409, 409, 404]);
    expect([readdirSync(outside), readFileSync(join(outside, 'secret'), 'utf8')]).toEqual([
      ['secret'],
      'secret',
    ]);
  });

  test('an upload through one that leads inside replaces the target and keeps the link', async () => {
    expect(await status('PUT', '/in-file', {}, 'new')).toBe(204);
    expect(readFileSync(inHome('d/g'), 'utf8')).toBe('new');
    expect(lstatSync(inHome('in-file')).isSymbolicLink()).toBe(true);
  });

  test('DELETE, MOVE and COPY are about the link', async () => {
    expect(await status('COPY', '/in', destination('/in2'))).toBe(201);
    expect(await status('MOVE', '/out', destination('/out2'))).toBe(201);
    expect(await status('DELETE', '/in')).toBe(204);
    expect(await status('DELETE', '/out2')).toBe(204);
    expect(lstatSync(inHome('in2')).isSymbolicLink()).toBe(true);
    expect([existsSync(inHome('d/g')), readdirSync(outside)]).toEqual([true, ['secret']]);
  });

  test('listings have the targets inside alone', async () => {
    const { body } = await ask('PROPFIND', '/', { depth: '1' });
    const hrefs = [...body.matchAll(/<D:response><D:href>([^<]*)/g)].map(([, href]) => href);
    expect(new Set(hrefs)).toEqual(
      new Set(['/', '/d/', '/f', '/in-file', '/in/'].map((path) => BASE + path)),
    );
  });

  test('a lock of a file protects it under every name', async () => {
    expect(await status('LOCK', '/in/g', {}, lockBody())).toBe(200);
    expect(await status('PUT', '/d/g', {}, 'x')).toBe(423);
  });

  test('a folder exchanged for a link meanwhile leads nowhere else', async () => {
    mkdirSync(inHome('swap'));
    writeFileSync(inHome('swap/secret'), 'mine');
    symlinkSync(outside, inHome('link'));
    const over = new AbortController();
    const swapping = (async () => {
      while (!over.signal.aborted) {
        renameSync(inHome('swap'), inHome('kept'));
        renameSync(inHome('link'), inHome('swap'));
        await new Promise((resolve) => setImmediate(resolve));
        renameSync(inHome('swap'), inHome('link'));
        renameSync(inHome('kept'), inHome('swap'));
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let round = 0; round < 200; round += 1) {
      const answer = await ask('GET', '/swap/secret');
      expect(answer.body).not.toBe('secret');
      await ask('PUT', `/swap/new`, {}, 'x');
    }
    over.abort();
    await swapping;
    expect(readdirSync(outside)).toEqual(['secret']);
  });
});

describe('changes of names', () => {
  beforeEach(() => {
    mkdirSync(inHome('d/e'), { recursive: true });
    writeFileSync(inHome('d/e/g'), 'deep');
  });

  test('folders are copied, moved and removed with all that is in them', async () => {
    utimesSync(inHome('d/e/g'), 1_600_000_000, 1_600_000_000);
    expect(await status('COPY', '/d', destination('/c'))).toBe(201);
    expect(statSync(inHome('c/e/g')).mtimeMs).toBe(1_600_000_000_000);
    expect(await status('COPY', '/d', destination('/s', { depth: '0' }))).toBe(201);
    expect(readdirSync(inHome('s'))).toEqual([]);
    expect(await status('MOVE', '/c', destination('/s'))).toBe(204);
    expect(readFileSync(inHome('s/e/g'), 'utf8')).toBe('deep');
    expect(await status('DELETE', '/s')).toBe(204);
    expect(readdirSync(server.home).toSorted()).toEqual(['d', 'f']);
  });

  test.each([
    ['COPY', '/d', '/d/e/x', {}, 403],
    ['MOVE', '/d/e', '/d', {}, 403],
    ['COPY', '/f', '/f', {}, 403],
    ['MOVE', '/f', '/d', { overwrite: 'F' }, 412],
    ['MOVE', '/missing', '/x', {}, 404],
    ['COPY', '/f', '/missing/x', {}, 409],
    ['MOVE', '/d', '/x', { depth: '0' }, 400],
    ['MOVE', '/', '/x', {}, 403],
  ])('%s %s to %s with %j is answered %i', async (method, from, to, headers, code) => {
    expect(await status(method, from, destination(to, headers))).toBe(code);
    expect(readFileSync(inHome('d/e/g'), 'utf8')).toBe('deep');
  });

  test('names that are not UTF-8 are removed and copied', async () => {
    const odd = Buffer.concat([Buffer.from(inHome('d/')), Buffer.from([0xff, 0xfe])]);
    writeFileSync(odd, 'x');
    expect(await status('COPY', '/d', destination('/c'))).toBe(201);
    expect(readdirSync(inHome('c'), { encoding: 'buffer' })).toHaveLength(2);
    expect(await status('DELETE', '/d')).toBe(204);
    expect(existsSync(inHome('d'))).toBe(false);
  });

  test('DELETE of the served folder is refused', async () => expect(await status('DELETE', '/')).toBe(403));

  test('what a kill left is removed after a day', async () => {
    const name = '.nublado-0123456789abcdef.part';
    writeFileSync(inHome(`d/${name}`), 'x');
    const tree = new ServedTree(server.home);
    expect(await removeLeftovers(tree, Date.now())).toBe(0);
    expect(await removeLeftovers(tree, Date.now() + 25 * 3_600_000)).toBe(1);
    expect(readdirSync(inHome('d'))).toEqual(['e']);
  });
});

describe('reading', () => {
  test('ranges, and headers that keep browsers from showing files', async () => {
    writeFileSync(inHome('page.html'), '0123456789');
    const part = await ask('GET', '/page.html', { range: 'bytes=2-4' });
    expect([part.status, part.body, part.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10']);
    expect(await status('GET', '/page.html', { range: 'bytes=20-' })).toBe(416);
    expect(part.headers).toMatchObject({
      'content-disposition': 'attachment',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    });
    expect(await status('GET', '/page.html', { 'if-none-match': String(part.headers.etag) })).toBe(304);
  });

  test('a large file comes whole', async () => {
    writeFileSync(inHome('large'), Buffer.alloc(3_000_000, 'x'));
    expect((await ask('GET', '/large')).body).toHaveLength(3_000_000);
  });

  test('a listing of thousands', async () => {
    mkdirSync(inHome('many'));
    for (let index = 0; index < 1500; index += 1) writeFileSync(inHome(`many/${index}`), '');
    const prop =
      '<propfind xmlns="DAV:"><prop><getcontentlength/><getlastmodified/><resourcetype/></prop></propfind>';
    const { body } = await ask('PROPFIND', '/many', { depth: '1' }, prop);
    expect(body.match(/<D:response>/g)).toHaveLength(1501);
    expect(body.length / 1500).toBeLessThan(350);
  });

  test('whole trees are not listed, and bad XML is refused', async () => {
    const tree = await ask('PROPFIND', '/', { depth: 'infinity' });
    expect([tree.status, tree.body]).toEqual([403, expect.stringContaining('propfind-finite-depth')]);
    expect(await status('PROPFIND', '/', { depth: '0' }, '<a>')).toBe(400);
    expect(await status('PROPFIND', '/', { depth: '0' }, `<a>${'x'.repeat(1_100_000)}</a>`)).toBe(413);
  });
});

test('requests under way end before the server does', async () => {
  const socket = connect(server.port, '127.0.0.1');
  socket.write(`PUT ${BASE}/g HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc`);
  await until(() => readdirSync(server.home).length === 2);
  const closed = server.server.close();
  socket.write('def');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 201/);
  await closed;
  expect(readFileSync(inHome('g'), 'utf8')).toBe('abcdef');
  unlinkSync(inHome('g'));
});

test('a lock of a free name makes an empty file, which its owner then writes', async () => {
  const locked = await ask('LOCK', '/g', { timeout: 'Second-60' }, lockBody());
  const { headers } = await ask('HEAD', '/g');
  expect([locked.status, headers['content-length']]).toEqual([201, '0']);
  const shown = { if: `(${tokenOf(locked)})`, 'if-match': String(headers.etag) };
  expect(await status('PUT', '/g', {}, 'x')).toBe(423);
  expect(await status('PUT', '/g', shown, 'text')).toBe(204);
  expect(await status('UNLOCK', '/g', { 'lock-token': '<urn:other>' })).toBe(409);
  expect(await status('UNLOCK', '/g', { 'lock-token': tokenOf(locked) })).toBe(204);
});
