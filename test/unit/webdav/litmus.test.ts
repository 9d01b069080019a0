import { aServer, BASE, lockBody, type RunningServer, tokenOf } from './a-server';

// What litmus checks since its releases 0.14 to 0.18; Debian has 0.13.

let server: RunningServer;
const ask = (...request: Parameters<RunningServer['ask']>) => server.ask(...request);
const status = async (...request: Parameters<RunningServer['ask']>) => (await ask(...request)).status;

beforeEach(async () => {
  server = await aServer();
});

afterEach(async () => {
  await server.close();
});

const proppatch = (steps: string) =>
  `<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:">${steps}</D:propertyupdate>`;

test('a Location of PUT would be the URL that was written', async () => {
  const { status: created, headers } = await ask('PUT', '/put%23test', {}, 'hello');
  expect(created).toBe(201);
  expect([undefined, `${BASE}/put%23test`]).toContain(headers.location);
});

test('getlastmodified is a date of RFC 1123', async () => {
  await ask('PUT', '/f', {}, 'x');
  const body = '<propfind xmlns="DAV:"><prop><getlastmodified/></prop></propfind>';
  const answer = await ask('PROPFIND', '/f', { depth: '0' }, body);
  expect(answer.body).toMatch(
    /<D:getlastmodified>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT<\/D:getlastmodified>/,
  );
});

test.each([
  ['PROPFIND', '<propfind xmlns="DAV:"><foobar/><allprop/></propfind>', 207],
  ['PROPFIND', '', 207],
  ['PROPPATCH', proppatch('<D:set><D:prop><a xmlns="n:">1</a></D:prop></D:set>'), 207],
  ['LOCK', lockBody(), 200],
])('%s of %s has an answer in XML', async (method, body, code) => {
  await ask('PUT', '/f', {}, 'x');
  const answer = await ask(method, '/f', { depth: '0', 'content-type': 'application/xml' }, body);
  expect([answer.status, answer.headers['content-type']]).toEqual([
    code,
    expect.stringMatching(/^(?:text|application)\/xml\b/),
  ]);
});

test('a property can be deleted twice', async () => {
  await ask('PUT', '/f', {}, 'x');
  const removal = proppatch('<D:remove><D:prop><a xmlns="n:"/></D:prop></D:remove>');
  await ask('PROPPATCH', '/f', {}, proppatch('<D:set><D:prop><a xmlns="n:">1</a></D:prop></D:set>'));
  for (const _ of [1, 2]) {
    const { status: code, body } = await ask('PROPPATCH', '/f', {}, removal);
    expect([code, body.match(/HTTP\/1.1 \d+/g)]).toEqual([207, ['HTTP/1.1 200']]);
  }
});

test('a shallow copy of a folder is empty', async () => {
  await ask('MKCOL', '/source');
  await ask('PUT', '/source/foo', {}, 'x');
  expect(await status('COPY', '/source', { destination: `${BASE}/copy`, depth: '0' })).toBe(201);
  expect(await status('DELETE', '/source')).toBe(204);
  expect(await status('DELETE', '/copy/foo')).toBe(404);
  expect(await status('PROPFIND', '/copy', { depth: '0' })).toBe(207);
});

test('many clients lock and unlock many times', async () => {
  await Promise.all(
    Array.from({ length: 20 }, async (_, client) => {
      const path = `/lock-${client}`;
      expect(await status('PUT', path, {}, 'x')).toBe(201);
      for (let turn = 0; turn < 25; turn += 1) {
        const locked = await ask('LOCK', path, { timeout: 'Second-3600' }, lockBody());
        expect(locked.status).toBe(200);
        expect(await status('UNLOCK', path, { 'lock-token': tokenOf(locked) })).toBe(204);
      }
    }),
  );
  const body = '<propfind xmlns="DAV:"><prop><lockdiscovery/></prop></propfind>';
  expect((await ask('PROPFIND', '/', { depth: '1' }, body)).body).not.toContain('activelock');
});

test('one client has ten namespaces', async () => {
  await ask('PUT', '/f', {}, 'x');
  const names = Array.from({ length: 10 }, (_, index) => `http://example.com/${index}`);
  const set = names.map((name) => `<somename xmlns="${name}">value</somename>`).join('');
  await ask('PROPPATCH', '/f', {}, proppatch(`<D:set><D:prop>${set}</D:prop></D:set>`));
  const { body } = await ask('PROPFIND', '/f', { depth: '0' });
  for (const name of names) expect(body).toContain(`<somename xmlns="${name}">value</somename>`);
});

describe('what the server keeps for itself', () => {
  const folder = '/.nublado-0123456789abcdef.part';
  const inside = `${folder}/test.txt`;
  const to = (path: string) => ({ destination: BASE + path });

  test.each([
    ['MKCOL', `${folder}/`, {}, '', [403, 405, 501]],
    ['PUT', inside, {}, 'x', [403, 404, 405, 409, 501]],
    ['GET', inside, {}, '', [403, 404, 405]],
    ['MKCOL', `${folder}/sub/`, {}, '', [403, 404, 405, 409, 501]],
    ['MOVE', '/source', to(`${folder}/moved`), '', [403, 404, 405, 409, 502]],
    ['COPY', '/source', to(`${folder}/copied`), '', [403, 404, 405, 409, 502]],
    ['MOVE', inside, to('/extracted'), '', [403, 404, 405, 502]],
    ['COPY', inside, to('/extracted'), '', [403, 405, 502]],
    ['DELETE', inside, {}, '', [403, 404, 405, 501]],
    ['DELETE', `${folder}/`, {}, '', [403, 404, 405, 501]],
    ['MOVE', '/source', to(`${folder}/`), '', [403, 405, 409, 502]],
    ['COPY', '/source', to(`${folder}/`), '', [403, 405, 409, 502]],
    ['LOCK', inside, {}, lockBody(), [403, 404, 405, 501]],
    ['LOCK', `${folder}/`, {}, lockBody(), [403, 404, 405, 501]],
    ['PROPPATCH', inside, {}, proppatch('<D:set><D:prop/></D:set>'), [403, 404, 405, 501]],
    ['PROPPATCH', `${folder}/`, {}, proppatch('<D:set><D:prop/></D:set>'), [403, 404, 405, 501]],
  ])('%s of %s with %j is refused', async (method, path, headers, body, allowed) => {
    await ask('PUT', '/source', {}, 'x');
    expect(allowed).toContain(await status(method, path, headers, body));
    expect((await ask('GET', '/source')).body).toBe('x');
  });
});
