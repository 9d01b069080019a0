import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { admissionByHub } from '../../../src/webdav/authentication/admission';
import { tokenOf } from '../../../src/webdav/authentication/credentials';
import { hubAt } from '../../../src/webdav/authentication/hub';
import { KnownTokens } from '../../../src/webdav/authentication/known-tokens';
import { readAuthentication } from '../../../src/webdav/server/settings';
import { eventually } from '../../support/eventually';
import { type FakeHubApi, fakeHubApi } from '../../support/fake-hub-api';
import { aServer, ask as askAt, BASE, type RunningServer } from './a-server';

const basic = (name: string, token: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${token}`).toString('base64')}`,
});
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('who is let in', () => {
  let hub: FakeHubApi;
  let server: RunningServer;
  let nowMs: number;
  let problems: string[];
  const status = async (headers: Record<string, string>, method = 'GET', path = '/f') =>
    (await server.ask(method, path, headers)).status;

  beforeEach(async () => {
    hub = await fakeHubApi();
    hub.owners.set('good', { kind: 'user', name: 'rachel', scopes: ['access:servers!user=rachel'] });
    nowMs = 0;
    problems = [];
    server = await aServer(
      admissionByHub({
        user: 'rachel',
        askHub: hubAt(hub.apiUrl, 500),
        now: () => nowMs,
        report: (problem) => problems.push(problem),
      }),
    );
    writeFileSync(join(server.home, 'f'), 'text');
  });

  afterEach(async () => {
    await server.close();
    await hub.close();
  });

  test.each([
    ['a bearer token', bearer('good')],
    ['the form of JupyterHub', { authorization: 'token good' }],
    ['a password', basic('rachel', 'good')],
    ['a password with another name, which does not count', basic('DOMAIN\\r', 'good')],
  ])('by %s', async (_case, headers) => {
    expect(await status(headers)).toBe(200);
    expect(hub.asked).toEqual(['good']);
  });

  test.each([
    ['none', {}],
    ['an unknown one', bearer('bad')],
    ['an empty password', basic('rachel', '')],
    ['one with a space', { authorization: 'Bearer a b' }],
    ['one that cannot be in a header', basic('rachel', 'a\r\nX: y')],
    ['one that is too long', bearer('x'.repeat(1025))],
    ['another scheme', { authorization: 'Digest good' }],
  ])('not without a token, nor by %s: the client is asked for one', async (_case, headers) => {
    const answer = await server.ask('GET', '/f', headers);
    expect([answer.status, answer.headers['www-authenticate'], answer.body.includes('text')]).toEqual([
      401,
      'Basic realm="files", charset="UTF-8"',
      false,
    ]);
  });

  test.each([
    ['of another user', { kind: 'user', name: 'ribbon', scopes: ['access:servers'] }, 403],
    [
      'of a service with the user’s name',
      { kind: 'service', name: 'rachel', scopes: ['access:servers'] },
      403,
    ],
    ['without the scope', { kind: 'user', name: 'rachel', scopes: ['read:users!user=rachel'] }, 403],
    ['for another user’s server', { kind: 'user', name: 'rachel', scopes: ['access:servers!user=r'] }, 403],
    ['for all servers', { kind: 'user', name: 'rachel', scopes: ['access:servers'] }, 200],
    ['of the user’s lab', { kind: 'user', name: 'rachel', scopes: ['access:servers!server=rachel/'] }, 200],
  ])('a token %s', async (_case, owner, expected) => {
    hub.owners.set('it', owner);
    expect(await status(bearer('it'))).toBe(expected);
  });

  test.each([
    'OPTIONS',
    'GET',
    'HEAD',
    'PUT',
    'DELETE',
    'MKCOL',
    'COPY',
    'MOVE',
    'PROPFIND',
    'PROPPATCH',
    'LOCK',
    'UNLOCK',
    'PATCH',
    'POST',
  ])('%s needs a token', async (method) => {
    expect(await status({}, method)).toBe(401);
    expect(await status({}, method, '/f?upload=0123456789abcdef')).toBe(401);
    expect((await askAt(server.port, method, '/')).status).toBe(401);
    expect((await askAt(server.port, method, `${BASE}/?zip`)).status).toBe(401);
  });

  test('the hub is asked once a minute, and about new refusals again after ten seconds', async () => {
    expect(await status(bearer('good'))).toBe(200);
    nowMs = 59_000;
    expect(await status(bearer('good'))).toBe(200);
    expect(hub.asked).toEqual(['good']);
    hub.owners.delete('good');
    nowMs = 60_000;
    expect(await status(bearer('good'))).toBe(401);
    expect(await status(bearer('good'))).toBe(401);
    expect(hub.asked).toHaveLength(2);
    hub.owners.set('good', { kind: 'user', name: 'rachel', scopes: ['access:servers'] });
    nowMs = 70_000;
    expect(await status(bearer('good'))).toBe(200);
  });

  test('who is refused does not keep the server running', async () => {
    const startMs = performance.now();
    const idleMs = () =>
      eventually(
        async () => server.idle.idleMs(),
        (idle) => idle > 0,
      );
    expect([await status({}), await status(bearer('bad'))]).toEqual([401, 401]);
    expect(await idleMs()).toBeGreaterThanOrEqual(performance.now() - startMs - 5);
    expect(await status(bearer('good'))).toBe(200);
    const elapsedMs = performance.now() - startMs;
    expect(await idleMs()).toBeLessThan(elapsedMs);
  });

  test('many requests at once ask once', async () => {
    const codes = await Promise.all(Array.from({ length: 20 }, () => status(bearer('good'))));
    expect([new Set(codes), hub.asked.length]).toEqual([new Set([200]), 1]);
  });

  test('after many wrong tokens no more are looked up for a while, but those that were valid', async () => {
    expect(await status(bearer('good'))).toBe(200);
    const codes = await Promise.all(Array.from({ length: 40 }, (_, index) => status(bearer(`bad${index}`))));
    expect(codes.filter((code) => code === 401)).toHaveLength(30);
    expect(hub.asked).toHaveLength(31);
    const { headers, status: refused } = await server.ask('GET', '/f', bearer('new'));
    expect([refused, headers['retry-after']]).toEqual([429, '60']);
    nowMs = 59_999;
    expect(await status(bearer('good'))).toBe(200);
    hub.owners.set('new', { kind: 'user', name: 'rachel', scopes: ['access:servers'] });
    nowMs = 60_000;
    expect(await status(bearer('new'))).toBe(200);
  });

  test.each([
    ['fails', 500, null],
    ['redirects', 302, null],
    ['is another service', 404, null],
    ['says nothing', 'silent', null],
    ['answers something else', 200, '<html>'],
    ['answers another document', 200, '{"kind":"user","name":"rachel"}'],
    ['answers without end', 200, 'x'.repeat(1_100_000)],
  ] as const)('nothing is served while the hub %s', async (_case, hubStatus, body) => {
    hub.status = hubStatus;
    hub.body = body;
    const answer = await server.ask('GET', '/f', bearer('good'));
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(problems).toHaveLength(1);
    expect(`${problems.join()} ${answer.body}`).not.toContain('good');
    [hub.status, hub.body] = [null, null];
    expect(await status(bearer('good'))).toBe(200);
  });

  test('nothing is served while the hub is away', async () => {
    const { apiUrl } = hub;
    await hub.close();
    expect(await status(bearer('good'))).toBe(503);
    expect(problems).toEqual(['the hub cannot be reached: ECONNREFUSED']);
    expect(problems.join()).not.toContain(apiUrl.host);
    hub = await fakeHubApi();
  });
});

describe('tokens that were looked up', () => {
  test('are bounded in number, and refusals go first', () => {
    const known = new KnownTokens(() => 0);
    known.keep('good', 'yes');
    for (let index = 0; index < 1000; index += 1) known.keep(`bad${index}`, 'unknown');
    expect([known.verdictOf('good'), known.verdictOf('bad0'), known.verdictOf('bad999')]).toEqual([
      'yes',
      null,
      'unknown',
    ]);
    for (let index = 0; index < 1000; index += 1) known.keep(`good${index}`, 'yes');
    expect([known.verdictOf('good'), known.verdictOf('good999')]).toEqual([null, 'yes']);
  });

  test('the later verdict holds', () => {
    const known = new KnownTokens(() => 0);
    known.keep('token', 'unknown');
    known.keep('token', 'yes');
    expect([known.verdictOf('token'), known.wasValid('token'), known.verdictOf('toke')]).toEqual([
      'yes',
      true,
      null,
    ]);
  });
});

test.each([
  [undefined, null],
  ['Basic !!!', null],
  ['Basic cmFjaGVs', null],
  ['Basic cmFjaGVsOmE6Yg==', 'a:b'],
  ['bearer  token', 'token'],
  ['Bearer', null],
])('the token in %j is %j', (header, token) => {
  expect(tokenOf(header)).toBe(token);
});

describe('options', () => {
  test('without any there is no authentication', () => expect(readAuthentication({})).toBeNull());

  test('both together', () => {
    const { hubApiUrl, user } =
      readAuthentication({ user: 'rachel', hubApiUrl: 'http://hub:8081/hub/api/' }) ?? {};
    expect([user, hubApiUrl?.href]).toEqual(['rachel', 'http://hub:8081/hub/api/']);
  });

  test.each([
    [{ user: 'rachel' }],
    [{ hubApiUrl: 'http://hub/hub/api' }],
    [{ user: '', hubApiUrl: 'http://hub/hub/api' }],
    [{ user: 'rachel', hubApiUrl: '' }],
    [{ user: 'rachel', hubApiUrl: 'hub:8081' }],
    [{ user: 'rachel', hubApiUrl: 'file:///hub/api' }],
    [{ user: 'rachel', hubApiUrl: 'http://name@hub/hub/api' }],
  ])('%j is refused', (options) => {
    expect(() => readAuthentication(options)).toThrow(/--hub-api-url/);
  });
});
