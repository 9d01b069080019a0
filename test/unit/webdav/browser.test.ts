import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Element, elementsOf } from '../../support/parsed-html';
import { type Answer, aServer, BASE, lockBody, type RunningServer } from './a-server';

let server: RunningServer;
let inHome: (path: string) => string;
const ask = (...request: Parameters<RunningServer['ask']>) => server.ask(...request);
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

beforeEach(async () => {
  server = await aServer();
  inHome = (path) => join(server.home, path);
});

afterEach(async () => {
  await server.close();
});

const policyOf = ({ headers }: Answer) =>
  Object.fromEntries(
    String(headers['content-security-policy'])
      .split('; ')
      .map((part) => [part.split(' ', 1)[0], part.split(' ').slice(1).join(' ')]),
  );

const loaded = (elements: readonly Element[]) =>
  elements.flatMap(({ name, attributes }) =>
    name === 'script' || (name === 'link' && attributes['rel'] !== 'icon')
      ? [{ url: attributes['src'] ?? attributes['href'] ?? '', nonce: attributes['nonce'] }]
      : [],
  );

describe('the page', () => {
  test.each([undefined, '*/*', 'application/xml, text/xml', 'text/html-not'])(
    'is not for a client that accepts %j',
    async (accept) => {
      const { body, headers, status } = await ask('GET', '/', accept === undefined ? {} : { accept });
      expect([status, body]).toEqual([200, 'This is a folder. Open it with a WebDAV client.\n']);
      expect(Object.keys(headers).toSorted()).toEqual(
        expect.arrayContaining(['connection', 'content-length', 'content-type', 'date']),
      );
      expect(headers).not.toHaveProperty('vary');
    },
  );

  test('runs its own scripts only, by a nonce that is new each time', async () => {
    const [page, again] = [await ask('GET', '/', HTML), await ask('GET', '/', HTML)];
    const policy = policyOf(page);
    expect(policy).toMatchObject({
      'default-src': "'none'",
      'connect-src': "'self'",
      'form-action': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
      'require-trusted-types-for': "'script'",
    });
    const [, nonce] = /^'nonce-([A-Za-z0-9+/=]{22,})'$/.exec(policy['script-src'] ?? '') ?? [];
    expect(nonce).toBeDefined();
    expect(policy['style-src']).toBe(policy['script-src']);
    expect(policyOf(again)['script-src']).not.toBe(policy['script-src']);
    const elements = elementsOf(page.body);
    expect(new Set(loaded(elements).map((each) => each.nonce))).toEqual(new Set([nonce]));
    const inline = elements.filter(
      ({ attributes, name, text }) =>
        name === 'style' ||
        (name === 'script' && text !== '') ||
        Object.keys(attributes).some((attribute) => attribute === 'style' || attribute.startsWith('on')),
    );
    expect(inline).toEqual([]);
  });

  test('is answered to HEAD without a body, and is not stored', async () => {
    const { body, headers } = await ask('HEAD', '/', HTML);
    expect([body, headers['cache-control'], headers['vary']]).toEqual(['', 'no-store', 'accept']);
  });

  test('names of folders are text', async () => {
    const name = `<img src=x onerror="alert(1)">'&`;
    mkdirSync(inHome(name));
    const { body } = await ask('GET', `/${encodeURIComponent(name)}`, HTML);
    const elements = elementsOf(body);
    expect(elements.filter((each) => each.name === 'img')).toEqual([]);
    expect(elements.find((each) => each.name === 'h1')?.text).toBe(name);
  });
});

describe('its scripts and style', () => {
  test('are under a name that no file can have, and are kept by browsers', async () => {
    const elements = elementsOf((await ask('GET', '/', HTML)).body);
    const urls = loaded(elements).map(({ url }) => url.slice(BASE.length));
    expect(urls.length).toBeGreaterThan(10);
    let bytes = 0;
    for (const url of urls) {
      const { body, headers, status } = await ask('GET', url);
      bytes += body.length;
      expect([status, headers['cache-control']]).toEqual([200, 'private, max-age=31536000, immutable']);
      expect(headers['content-type']).toMatch(/^text\/(?:javascript|css)/);
      const imports = [...body.matchAll(/from '\.\/([\w-]+)'/g)].map(([, name]) => name);
      for (const name of imports) expect(urls).toContain(`${url.slice(0, url.lastIndexOf('/'))}/${name}`);
    }
    expect(bytes).toBeLessThan(80_000);
    const [first = ''] = urls;
    const folder = first.slice(0, first.lastIndexOf('/'));
    expect((await ask('MKCOL', folder)).status).toBe(403);
    expect((await ask('PUT', first, {}, 'x')).status).toBe(403);
    expect((await ask('GET', `${folder}/missing`)).status).toBe(404);
    expect((await ask('GET', '/.nublado-0123456789abcdef.part/main')).status).toBe(404);
  });
});

describe('the listing', () => {
  test('has what PROPFIND has, with the same tags', async () => {
    mkdirSync(inHome('work'));
    writeFileSync(inHome('a.txt'), 'text');
    utimesSync(inHome('a.txt'), 1_600_000_000, 1_600_000_000);
    symlinkSync('/a.txt', inHome('link'));
    symlinkSync('/nowhere', inHome('broken'));
    const { body, headers } = await ask('GET', '/?listing');
    const { entries, isTruncated } = JSON.parse(body);
    expect([headers['content-type'], isTruncated]).toEqual(['application/json; charset=utf-8', false]);
    const { etag } = (await ask('HEAD', '/a.txt')).headers;
    const file = { kind: 'file', size: 4, modified: 1_600_000_000_000, etag };
    expect(
      entries.toSorted((a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)),
    ).toEqual([
      { name: 'a.txt', ...file },
      { name: 'link', ...file },
      { name: 'work', kind: 'folder', size: 0, modified: expect.any(Number), etag: null },
    ]);
  });

  test('of an empty folder, and of one with more than can be shown', async () => {
    expect(JSON.parse((await ask('GET', '/?listing')).body)).toEqual({ entries: [], isTruncated: false });
    for (let index = 0; index < 10_001; index += 1) writeFileSync(inHome(`f${index}`), '');
    const { entries, isTruncated } = JSON.parse((await ask('GET', '/?listing')).body);
    expect([entries.length, isTruncated]).toEqual([10_000, true]);
  });
});

describe('requests by pages of other sites', () => {
  const own = { origin: 'https://hub.example', host: 'hub.example' };
  test.each([
    ['own', { 'sec-fetch-site': 'same-origin' }, 201],
    ['own, where the browser says only the origin', own, 201],
    ['own, behind a proxy', { ...own, host: '10.0.0.1', 'x-forwarded-host': 'hub.example' }, 201],
    ['none: another client', {}, 201],
    ['of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['of another host of the site', { 'sec-fetch-site': 'same-site' }, 403],
    ['of another origin', { ...own, origin: 'https://evil.example' }, 403],
    ['of a sandbox', { ...own, origin: 'null' }, 403],
    ['of an origin with the own name in it', { ...own, origin: 'https://hub.example.evil.example' }, 403],
  ])('change nothing: %s', async (_case, headers, status) => {
    expect((await ask('PUT', '/f', headers, 'x')).status).toBe(status);
    expect(readdirSync(server.home)).toEqual(status === 201 ? ['f'] : []);
  });

  test.each(['PUT', 'DELETE', 'MKCOL', 'COPY', 'MOVE', 'PROPPATCH', 'LOCK', 'UNLOCK'])(
    '%s is refused, whatever it is about',
    async (method) => {
      writeFileSync(inHome('f'), 'old');
      const headers = { 'sec-fetch-site': 'cross-site', destination: `${BASE}/g`, 'lock-token': '<x>' };
      const body = method === 'LOCK' ? lockBody() : '';
      expect((await ask(method, '/f', headers, body)).status).toBe(403);
      expect((await ask('PATCH', '/f?upload=0123456789abcdef', headers)).status).toBe(403);
    },
  );

  test('no file becomes a service worker, which would answer in place of the server', async () => {
    writeFileSync(inHome('worker.js'), '');
    expect((await ask('GET', '/worker.js', { 'service-worker': 'script' })).status).toBe(403);
  });

  test('no page of another site reads a file', async () => {
    writeFileSync(inHome('data.js'), 'secret()');
    const { headers } = await ask('GET', '/data.js');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });
});
