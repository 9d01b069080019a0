import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { aServer, ask as askAt, lockBody, type RunningServer, tokenOf } from './a-server';

let server: RunningServer;

beforeEach(async () => {
  server = await aServer();
});

afterEach(async () => {
  await server.close();
});

const proppatch = (namespace: string, properties: string) =>
  `<?xml version="1.0" encoding="utf-8"?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="${namespace}"><D:set><D:prop>${properties}</D:prop></D:set></D:propertyupdate>`;

test('Finder mounts and saves a file', async () => {
  const { ask } = server;
  const options = await ask('OPTIONS', '/');
  expect([options.status, options.headers['dav']]).toEqual([200, '1, 2, 3']);
  const quota =
    '<D:propfind xmlns:D="DAV:"><D:prop><D:quota-available-bytes/><D:quota-used-bytes/></D:prop></D:propfind>';
  expect((await ask('PROPFIND', '/', { depth: '0' }, quota)).body).toMatch(
    /<D:quota-available-bytes>[1-9]\d*<\/D:quota-available-bytes>/,
  );
  for (const name of ['.hidden', 'mach_kernel', '._note', '.DS_Store']) {
    expect((await ask('PROPFIND', `/${name}`, { depth: '0' })).status).toBe(404);
  }
  expect((await ask('PUT', '/note')).status).toBe(201);
  const locked = await ask('LOCK', '/note', { depth: '0', timeout: 'Second-600' }, lockBody());
  const shown = { if: `(${tokenOf(locked)})` };
  const chunked = { ...shown, 'transfer-encoding': 'chunked', 'x-expected-entity-length': '4' };
  expect((await ask('PUT', '/note', chunked, 'text')).status).toBe(204);
  const times = proppatch('DAV:', '<D:getlastmodified>Fri, 02 Jan 2026 03:04:05 GMT</D:getlastmodified>');
  expect((await ask('PROPPATCH', '/note', shown, times)).body).toContain('200 OK');
  expect((await ask('LOCK', '/note', shown)).status).toBe(200);
  expect((await ask('UNLOCK', '/note', { 'lock-token': tokenOf(locked) })).status).toBe(204);
  for (const own of ['/._note', '/.DS_Store']) {
    expect((await ask('PUT', own, {}, 'fork')).status).toBe(201);
    expect((await ask('GET', own)).body).toBe('fork');
  }
  expect(readFileSync(join(server.home, 'note'), 'utf8')).toBe('text');
  expect(statSync(join(server.home, 'note')).mtimeMs).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
});

test('Explorer asks parents for options and keeps times under a lock', async () => {
  const { ask, port } = server;
  for (const parent of ['/', '/files/', '/files/rachel/']) {
    const { status, headers } = await askAt(port, 'OPTIONS', parent);
    expect([status, headers['ms-author-via']]).toEqual([200, 'DAV']);
  }
  const locked = await ask('LOCK', '/new.txt', { timeout: 'Second-3600' }, lockBody());
  expect(locked.status).toBe(201);
  const shown = { if: `(${tokenOf(locked)})` };
  expect((await ask('PUT', '/new.txt', shown, 'text')).status).toBe(204);
  const times = proppatch(
    'urn:schemas-microsoft-com:',
    '<Z:Win32CreationTime>Thu, 01 Jan 2026 00:00:00 GMT</Z:Win32CreationTime>' +
      '<Z:Win32LastModifiedTime>Fri, 02 Jan 2026 03:04:05 GMT</Z:Win32LastModifiedTime>' +
      '<Z:Win32FileAttributes>00000020</Z:Win32FileAttributes>',
  );
  expect((await ask('PROPPATCH', '/new.txt', {}, times)).status).toBe(423);
  const changed = await ask('PROPPATCH', '/new.txt', shown, times);
  expect([changed.status, changed.body.match(/HTTP\/1.1 \d+/g)]).toEqual([207, ['HTTP/1.1 200']]);
  expect(statSync(join(server.home, 'new.txt')).mtimeMs).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  expect((await ask('UNLOCK', '/new.txt', { 'lock-token': tokenOf(locked) })).status).toBe(204);
});

test('Explorer lists, creates, renames and removes', async () => {
  const { ask, port } = server;
  const there = (path: string) => ({ destination: `http://127.0.0.1:${port}/files/rachel${path}` });
  const translate = { translate: 'f', 'user-agent': 'Microsoft-WebDAV-MiniRedir/10.0.19045' };
  const listing = await ask('PROPFIND', '/', { ...translate, depth: '1', 'content-length': '0' });
  expect([listing.status, listing.body]).toEqual([207, expect.stringContaining('<D:collection/>')]);
  expect((await ask('PROPFIND', '/New%20folder', { ...translate, depth: '0' })).status).toBe(404);
  expect((await ask('MKCOL', '/New%20folder', translate)).status).toBe(201);
  expect((await ask('MOVE', '/New%20folder', { ...there('/papers'), overwrite: 'F' })).status).toBe(201);
  expect((await ask('PUT', '/papers/note.txt', { ...translate, 'content-length': '0' })).status).toBe(201);
  const locked = await ask('LOCK', '/papers/note.txt', { timeout: 'Second-3600' }, lockBody());
  expect(locked.status).toBe(200);
  const shown = { ...translate, if: `(${tokenOf(locked)})` };
  expect((await ask('HEAD', '/papers/note.txt', translate)).headers['content-length']).toBe('0');
  expect((await ask('PUT', '/papers/note.txt', shown, 'text')).status).toBe(204);
  expect((await ask('UNLOCK', '/papers/note.txt', { 'lock-token': tokenOf(locked) })).status).toBe(204);
  const taken = await ask('MOVE', '/papers/note.txt', { ...there('/papers/note.txt'), overwrite: 'F' });
  expect(taken.status).toBe(403);
  expect((await ask('DELETE', '/papers', translate)).status).toBe(204);
  expect((await ask('PROPFIND', '/papers', { depth: '0' })).status).toBe(404);
});

test('Office edits a document under a lock that it prolongs, beside its own file', async () => {
  const { ask } = server;
  await ask('PUT', '/report.docx', {}, 'first');
  expect((await ask('OPTIONS', '/report.docx')).headers['ms-author-via']).toBe('DAV');
  const locked = await ask('LOCK', '/report.docx', { depth: '0', timeout: 'Second-180' }, lockBody());
  expect([locked.status, locked.body]).toEqual([200, expect.stringContaining('<D:timeout>Second-180<')]);
  const own = await ask('PUT', '/~$report.docx', {}, 'rachel');
  expect(own.status).toBe(201);
  const shown = { if: `(${tokenOf(locked)})`, timeout: 'Second-600' };
  const prolonged = await ask('LOCK', '/report.docx', shown);
  expect([prolonged.status, prolonged.body]).toEqual([
    200,
    expect.stringContaining('<D:timeout>Second-600<'),
  ]);
  // A second person's Office opens it to be read only.
  expect((await ask('LOCK', '/report.docx', { depth: '0' }, lockBody())).status).toBe(423);
  expect((await ask('GET', '/report.docx')).body).toBe('first');
  const saved = await ask('PUT', '/report.docx', shown, 'second');
  expect([saved.status, saved.headers.etag]).toEqual([204, (await ask('HEAD', '/report.docx')).headers.etag]);
  const times = proppatch(
    'urn:schemas-microsoft-com:',
    '<Z:Win32LastModifiedTime>Fri, 02 Jan 2026 03:04:05 GMT</Z:Win32LastModifiedTime>',
  );
  expect((await ask('PROPPATCH', '/report.docx', shown, times)).body).toContain('200 OK');
  expect((await ask('UNLOCK', '/report.docx', { 'lock-token': tokenOf(locked) })).status).toBe(204);
  expect((await ask('DELETE', '/~$report.docx')).status).toBe(204);
  expect((await ask('LOCK', '/report.docx', { depth: '0' }, lockBody())).status).toBe(200);
});

test('Office saves over a document by its lock, a temporary file and moves', async () => {
  const { ask } = server;
  await ask('PUT', '/report.docx', {}, 'first');
  const locked = await ask('LOCK', '/report.docx', { timeout: 'Second-3600' }, lockBody());
  const discovery = await ask('PROPFIND', '/report.docx', { depth: '0' });
  expect(discovery.body).toContain(tokenOf(locked).slice(1, -1));
  expect((await ask('LOCK', '/report.docx', {}, lockBody())).status).toBe(423);
  expect((await ask('PUT', '/~tmp.docx', {}, 'second')).status).toBe(201);
  const move = { destination: '/files/rachel/report.docx', overwrite: 'T' };
  expect((await ask('MOVE', '/~tmp.docx', move)).status).toBe(423);
  const shown = { if: `</files/rachel/report.docx> (${tokenOf(locked)})` };
  expect((await ask('MOVE', '/~tmp.docx', { ...move, ...shown })).status).toBe(204);
  expect((await ask('GET', '/report.docx')).body).toBe('second');
});

test('Cyberduck gets foreign properties back by name', async () => {
  const { ask } = server;
  await ask('PUT', '/f', {}, 'x');
  const body =
    '<propfind xmlns="DAV:"><prop><getetag/><s:lastmodified xmlns:s="SAR:"/><plain xmlns=""/></prop></propfind>';
  const answer = await ask('PROPFIND', '/f', { depth: '0' }, body);
  expect(answer.body).toContain('<lastmodified xmlns="SAR:"/>');
  expect(answer.body).toContain('<plain xmlns=""/>');
  expect(answer.body).toContain('HTTP/1.1 404 Not Found');
});

test('Cyberduck stores a file with a time of its own, and copies and moves it', async () => {
  const { ask } = server;
  const uploaded = await ask('PUT', '/f', { 'content-type': 'application/octet-stream' }, 'text');
  expect([uploaded.status, uploaded.headers.etag]).toEqual([201, expect.stringMatching(/^"/)]);
  const time = '<s:lastmodified xmlns:s="SAR:">2026-01-02T03:04:05Z</s:lastmodified>';
  expect((await ask('PROPPATCH', '/f', {}, proppatch('n:', time))).body).toContain('200 OK');
  expect((await ask('COPY', '/f', { destination: '/files/rachel/g', overwrite: 'T' })).status).toBe(201);
  expect((await ask('MOVE', '/g', { destination: '/files/rachel/h', overwrite: 'T' })).status).toBe(201);
  const body = '<propfind xmlns="DAV:"><prop><getetag/><s:lastmodified xmlns:s="SAR:"/></prop></propfind>';
  const { body: listed } = await ask('PROPFIND', '/', { depth: '1' }, body);
  expect(listed.match(/<lastmodified xmlns="SAR:">2026-01-02T03:04:05Z</g)).toHaveLength(2);
  expect(listed).not.toContain('W/');
});

test('gvfs sees room before it writes, and no room where none is known', async () => {
  const { ask } = server;
  const body =
    '<D:propfind xmlns:D="DAV:"><D:prop><D:quota-available-bytes/><D:quota-used-bytes/></D:prop></D:propfind>';
  const { body: room } = await ask('PROPFIND', '/', { depth: '0' }, body);
  expect(room).toMatch(/<D:quota-available-bytes>[1-9]/);
  expect(room).not.toMatch(/\b404\b/);
  // Who asks for all is not told: the file system would be asked for each listing.
  expect((await ask('PROPFIND', '/', { depth: '0' })).body).not.toContain('quota');
});

test('properties are changed all or none', async () => {
  const { ask } = server;
  await ask('PUT', '/f', {}, 'x');
  const both = proppatch('n:', '<Z:a>1</Z:a><D:getetag>"x"</D:getetag>');
  const refused = await ask('PROPPATCH', '/f', {}, both);
  expect(refused.body.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 403', 'HTTP/1.1 424']);
  expect(refused.body).toContain('cannot-modify-protected-property');
  const set = await ask('PROPPATCH', '/f', {}, proppatch('n:', '<Z:a>1</Z:a>'));
  expect(set.body).toContain('200 OK');
  const executable = proppatch('http://apache.org/dav/props/', '<Z:executable>T</Z:executable>');
  await ask('PROPPATCH', '/f', {}, executable);
  expect(statSync(join(server.home, 'f')).mode & 0o100).toBe(0o100);
  await ask('MOVE', '/f', { destination: '/files/rachel/g' });
  const all = await ask('PROPFIND', '/g', { depth: '0' });
  expect(all.body).toContain('<a xmlns="n:">1</a>');
});
