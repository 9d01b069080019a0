import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { encodeName } from '../../../src/webdav/request/url-paths';
import { childElements, textOf, type XmlElement } from '../../../src/webdav/xml/element';
import { parseXml } from '../../../src/webdav/xml/reader';
import { aServer, BASE, type RunningServer } from './a-server';

let server: RunningServer;

beforeAll(async () => {
  server = await aServer();
});

afterAll(async () => {
  await server.close();
});

/** The paths of a listing, without that of the folder itself. */
async function listed(folder: string): Promise<string[]> {
  const { status, body } = await server.ask('PROPFIND', folder, { depth: '1' });
  expect(status).toBe(207);
  const hrefOf = (response: XmlElement) => childElements(response, 'href').map(textOf).join();
  return childElements(parseXml(body), 'response')
    .map(hrefOf)
    .slice(1)
    .map((href) => href.slice(BASE.length));
}

const HOSTILE = [
  'a\nb',
  'a\r\nSet-Cookie: x=y',
  '\u0001\u001b[31m',
  '<script>alert(1)</script>'.replaceAll('/', '\u2215'),
  ']]>&amp;<!--',
  '"\' onload=x',
  '%2e%2e%2f',
  '..%00',
  '...',
  '-rf',
  '~',
  ' ',
  'a ',
  '\u202Egnp.exe',
  'e\u0301',
  '\uFFFD',
  '\u{1F4A9}',
  'CON',
  'a:b|c*d?',
  'back\\slash',
  '#?&;=+,@!$()[]{}',
  '.nublado-x.part',
  'x'.repeat(255),
  'ä'.repeat(127),
];

test.each(HOSTILE)('%j is stored, listed, read, copied, moved and removed', async (name) => {
  const path = `/${encodeName(name)}`;
  const to = (target: string) => ({ destination: BASE + target });
  expect((await server.ask('PUT', path, {}, 'text')).status).toBe(201);
  expect(readdirSync(server.home)).toEqual([name]);
  expect(await listed('/')).toEqual([path]);
  expect((await server.ask('GET', path)).body).toBe('text');
  expect((await server.ask('MKCOL', '/folder')).status).toBe(201);
  expect((await server.ask('COPY', path, to(`/folder${path}`))).status).toBe(201);
  expect((await server.ask('MOVE', path, { ...to(`/folder${path}`), overwrite: 'F' })).status).toBe(412);
  expect((await server.ask('MOVE', path, to(`/folder${path}`))).status).toBe(204);
  expect(await listed('/folder')).toEqual([`/folder${path}`]);
  expect((await server.ask('DELETE', `/folder${path}`)).status).toBe(204);
  expect((await server.ask('DELETE', '/folder')).status).toBe(204);
  expect(readdirSync(server.home)).toEqual([]);
});

test('what a listing names can be read by that name, whatever the files are called', async () => {
  const byte = fc.integer({ min: 1, max: 255 }).filter((value) => value !== 0x2f);
  const names = fc
    .array(byte, { minLength: 1, maxLength: 40 })
    .map((bytes) => Buffer.from(bytes))
    .filter((name) => !['.', '..'].includes(name.toString('latin1')));
  const folder = join(server.home, 'folder');
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(names, { selector: String, maxLength: 8 }), async (all) => {
      mkdirSync(folder);
      for (const name of all)
        writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), name.toString('hex'));
      // Names that are not UTF-8 cannot be told in XML, and are left out.
      const named = all.filter((name) => Buffer.from(name.toString()).equals(name));
      const paths = await listed('/folder');
      const bodies = await Promise.all(paths.map(async (path) => (await server.ask('GET', path)).body));
      expect(bodies.toSorted()).toEqual(named.map((name) => name.toString('hex')).toSorted());
      rmSync(folder, { recursive: true });
    }),
    { numRuns: 60 },
  );
});

test('a name of 256 bytes is refused, and nothing is created', async () => {
  expect((await server.ask('PUT', `/${'x'.repeat(256)}`, {}, 'text')).status).toBe(414);
  expect((await server.ask('MKCOL', `/${'x'.repeat(256)}`)).status).toBe(414);
  expect(readdirSync(server.home)).toEqual([]);
});
