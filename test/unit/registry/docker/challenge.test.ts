import { realmOf } from '../../../../src/registry/docker/challenge';
import { createDockerRegistry } from '../../../../src/registry/docker/client';
import { json } from '../../kubernetes/scripted-server';
import {
  authorizations,
  BASIC,
  bare,
  bearer,
  CREDENTIALS,
  challenge,
  clientOf,
  closeServers,
  failureOf,
  hostOf,
  listed,
  serving,
  wantingToken,
} from '../registries';

afterEach(closeServers);

describe('several challenges', () => {
  const SCHEMES: [string, (bearer: string) => string | string[]][] = [
    ['Basic first', (bearer) => `Basic realm="a, b", ${bearer}`],
    ['Bearer first', (bearer) => `${bearer}, Basic realm="a, b"`],
    ['headers of their own', (bearer) => ['Basic realm="here"', bearer]],
    [
      'unknown ones between',
      (bearer) => ['Negotiate', 'Digest realm="x", qop="auth, auth-int"', bearer, 'Basic realm=x'],
    ],
  ];

  async function registryWith(write: (bearer: string) => string | string[], accepted: () => string) {
    const service = await serving(json(200, { access_token: 'good' }));
    const header = write(
      `Bearer realm="${service.url}/token",service="a, b",scope="repository:sciplat/lab:pull"`,
    );
    const registry = await serving((response, request) => {
      if (request.authorization === accepted()) return listed(response, request);
      response.writeHead(401, { 'www-authenticate': header }).end();
    });
    return { registry, service, allowedAuthRealms: [hostOf(service)] };
  }

  test.each(SCHEMES)(
    'several challenges with %s are answered without credentials by an anonymous token',
    async (_, write) => {
      const { registry, service, allowedAuthRealms } = await registryWith(write, () => bearer('good'));
      const client = clientOf(registry, { allowedAuthRealms, credentials: null });

      expect(await client.listTags()).toEqual(['a']);
      expect(authorizations(service)).toEqual([undefined]);
    },
  );

  test.each(SCHEMES)(
    'several challenges with %s are answered with credentials by a token for these',
    async (_, write) => {
      const { registry, service, allowedAuthRealms } = await registryWith(write, () => bearer('good'));

      expect(await clientOf(registry, { allowedAuthRealms }).listTags()).toEqual(['a']);
      expect(authorizations(service)).toEqual([BASIC]);
    },
  );

  test('several challenges of which the realm is not allowed are answered with user and password, at the registry alone', async () => {
    const { registry, service } = await registryWith(
      (bearer) => [bearer, 'Basic realm=x'],
      () => BASIC,
    );

    expect(await clientOf(registry).listTags()).toEqual(['a']);
    expect(service.connections()).toBe(0);
  });
});

test('a challenge without a scope gets a token for this repository and action', async () => {
  const service = await serving(json(200, { token: 'good', expires_in: '300' }));
  const registry = await serving((response, request) =>
    (request.authorization === bearer('good') ? listed : challenge(`Bearer realm="${service.url}"`))(
      response,
      request,
    ),
  );

  expect(await clientOf(registry, { allowedAuthRealms: [hostOf(service)] }).listTags()).toEqual(['a']);
  expect(service.requests).toMatchObject([{ query: { scope: 'repository:sciplat/lab:pull' } }]);
});

test('a realm on the own host of a registry behind a proxy is asked as the registry is', () => {
  const registryUrl = new URL('https://registry.example.org/v2/lab/');
  const realmIn = (realm: string) =>
    realmOf({ scheme: 'bearer', parameters: new Map([['realm', realm]]) }, registryUrl);

  expect(realmIn('http://registry.example.org/token')?.href).toBe('https://registry.example.org/token');
  expect(realmIn('http://other.example.org/token')?.href).toBe('http://other.example.org/token');
});

describe('a tampered challenge', () => {
  const cases: [string, (other: string, own: string) => string, RegExp][] = [
    ['another host', (other) => `Bearer realm="http://${other}/token"`, /disallowed 127\.0\.0\.1:\d+$/],
    [
      'another host behind a user name',
      (other, own) => `Bearer realm="http://${own}@${other}/token"`,
      /disallowed/,
    ],
    ['the registry with a user name', (_, own) => `Bearer realm="http://admin:x@${own}/token"`, /disallowed/],
    ['another protocol', (_, own) => `Bearer realm="https://${own}/token"`, /disallowed/],
    [
      'plain HTTP somewhere',
      () => 'Bearer realm="http://auth.example.com/token"',
      /disallowed auth\.example\.com$/,
    ],
    ['a file', () => 'Bearer realm="file:///etc/passwd"', /disallowed/],
    [
      'another host after an allowed one',
      (other, own) => `Bearer realm="http://${own}.x.invalid",realm="http://${other}"`,
      /disallowed/,
    ],
    [
      'a quoted trick',
      (other, own) => `Bearer service="x\\", realm=\\"http://${own}/\\"", realm="http://${other}"`,
      /disallowed/,
    ],
    ['no URL', () => 'Bearer realm="token"', /does not say where/],
    ['no realm', () => 'Bearer service="x"', /does not say where/],
    ['another scheme', (other) => `Negotiate realm="http://${other}"`, /by negotiate, which we cannot/],
    ['nothing', () => '', /does not say how/],
  ];

  test.each(cases)(
    'a tampered challenge that names %s is refused, and no credential leaves',
    async (_what, header, message) => {
      const other = await serving(json(200, { token: 'stolen' }));
      let own = '';
      const registry = await serving((response, request) =>
        challenge(header(hostOf(other), own))(response, request),
      );
      own = hostOf(registry);

      const failure = await failureOf(clientOf(registry).listTags());

      expect(failure.message).toMatch(message);
      expect(failure.message).toContain(`Docker registry ${own}`);
      expect(other.connections()).toBe(0);
      expect(registry.requests).toMatchObject([
        { method: 'GET', path: '/v2/sciplat/lab/tags/list', authorization: undefined },
      ]);
    },
  );

  test('a tampered challenge is refused without credentials too: no other server is asked on behalf of a registry', async () => {
    const other = await serving(json(200, { token: 'x' }));
    const registry = await serving(challenge(`Bearer realm="${other.url}/token"`));

    expect(await failureOf(clientOf(registry, { credentials: null }).listTags())).toMatchObject({
      problem: 'disallowed',
    });
    expect(other.connections()).toBe(0);
  });

  test('a tampered challenge by an allowed realm that redirects elsewhere sends nothing there', async () => {
    const other = await serving(json(200, { token: 'stolen' }));
    const service = await serving(bare(302, { location: `${other.url}/token` }));
    const registry = await wantingToken(
      () => service.url,
      () => false,
    );

    const failure = await failureOf(clientOf(registry, { allowedAuthRealms: [hostOf(service)] }).listTags());

    expect(failure).toMatchObject({ problem: 'disallowed' });
    expect(failure.message).toContain(`redirects to http://${hostOf(other)}`);
    expect(other.connections()).toBe(0);
    expect(service.requests).toHaveLength(1);
  });
});

describe('Docker Hub', () => {
  const hub = (realm: string, options: object = {}) => {
    const urls: string[] = [];
    const fetch = async (url: string, init: RequestInit) => {
      urls.push(url);
      const { host } = new URL(url);
      const authorization = new Headers(init.headers).get('authorization');
      if (host !== 'registry-1.docker.io') return Response.json({ token: 'good', expires_in: 300 });
      return authorization === 'Bearer good'
        ? Response.json({ tags: ['latest'] })
        : new Response(null, { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}"` } });
    };
    const client = createDockerRegistry({
      registry: 'docker.io',
      repository: 'python',
      credentials: CREDENTIALS,
      timeoutMs: 1000,
      fetch,
      ...options,
    });
    return { client, hosts: () => urls.map((url) => new URL(url).host), urls };
  };

  test('Docker Hub is asked under the name of its API, and its own token service is allowed', async () => {
    const { client, hosts, urls } = hub('https://auth.docker.io/token');

    expect(await client.listTags()).toEqual(['latest']);
    expect(hosts()).toEqual(['registry-1.docker.io', 'auth.docker.io', 'registry-1.docker.io']);
    expect(urls[0]).toBe('https://registry-1.docker.io/v2/library/python/tags/list');
  });

  test.each([
    ['https://auth.docker.io.example.com/token', {}],
    ['http://auth.docker.io/token', {}],
    ['https://auth.docker.io:8443/token', {}],
    ['https://auth.docker.io/token', { allowedAuthRealms: [] }],
    ['https://auth.example.com/other', { allowedAuthRealms: ['https://auth.example.com/token'] }],
  ])('realm %s is refused with options %j', async (realm, options) => {
    const { client, hosts } = hub(realm, options);

    expect(await failureOf(client.listTags())).toMatchObject({
      problem: 'disallowed',
      message: `Docker registry docker.io asked for authentication at disallowed ${new URL(realm).host}`,
    });
    expect(hosts()).toEqual(['registry-1.docker.io']);
  });

  test('a realm that the operator allows is used instead', async () => {
    const { client, hosts } = hub('https://auth.example.com/token', {
      allowedAuthRealms: ['auth.example.com'],
    });
    await client.listTags();

    expect(hosts()[1]).toBe('auth.example.com');
  });
});
