import { setTimeout as delay } from 'node:timers/promises';
import { DockerCredentials } from '../../../../src/registry/docker/credentials';
import { type Answer, json } from '../../kubernetes/scripted-server';
import {
  authorizations,
  BASIC,
  bare,
  bearer,
  challenge,
  clientOf,
  closeServers,
  failureOf,
  hostOf,
  listed,
  PASSWORD,
  serving,
  text,
  wantingToken,
} from '../registries';

afterEach(closeServers);

/** A registry and its token service, which issues `token-1`, `token-2` and so on. */
async function withTokenService(rest: object = {}, key = 'token') {
  let issued = 0;
  let valid = '';
  const service = await serving((response, request) => {
    issued += 1;
    valid = `token-${issued}`;
    return json(200, { [key]: valid, ...rest })(response, request);
  });
  const registry = await wantingToken(
    () => `${service.url}/token?account=x`,
    (authorization) => authorization === bearer(valid),
  );
  return {
    service,
    registry,
    revoke: () => {
      valid = 'none';
    },
    allowed: { allowedAuthRealms: [hostOf(service)] },
  };
}

describe('a registry with HTTP Basic', () => {
  const registry = (...answers: Answer[]) => serving(challenge('Basic realm="here"'), ...answers);

  test('a registry with HTTP Basic gets the credentials when it asks for them, and from then on', async () => {
    const server = await registry(listed);
    const client = clientOf(server);
    await client.listTags();
    await client.listTags();

    expect(authorizations(server)).toEqual([undefined, BASIC, BASIC]);
  });

  test('a registry with HTTP Basic that refuses them is asked no more, and the error gives nothing away', async () => {
    const server = await registry();
    const failure = await failureOf(clientOf(server).listTags());

    expect(failure).toMatchObject({
      problem: 'unauthorized',
      status: 401,
      message: `Docker registry ${hostOf(server)} refused the credentials`,
    });
    expect(server.requests).toHaveLength(2);
    expect(JSON.stringify({ ...failure, stack: failure.stack })).not.toContain(PASSWORD);
  });

  test('a registry with HTTP Basic without credentials fails with where they are looked for', async () => {
    const server = await registry(listed);

    expect(await failureOf(clientOf(server, { credentials: null }).listTags())).toMatchObject({
      problem: 'unauthorized',
      message: expect.stringContaining('there are none for it in the credentials file'),
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a registry with tokens', () => {
  test('a registry with tokens gets one of its service, which receives all parameters of the challenge', async () => {
    const { registry, service, allowed } = await withTokenService({ expires_in: 300 });
    await clientOf(registry, allowed).listTags();

    expect(service.requests).toMatchObject([
      {
        method: 'GET',
        path: '/token',
        authorization: BASIC,
        query: {
          account: 'x',
          realm: `${service.url}/token?account=x`,
          service: 'registry, the good one',
          scope: 'repository:sciplat/lab:pull',
        },
      },
    ]);
    expect(authorizations(registry)).toEqual([undefined, 'Bearer token-1']);
  });

  test('a registry with tokens is asked again with the same token until it expires', async () => {
    const { registry, service, allowed } = await withTokenService({ expires_in: 0.5 }, 'access_token');
    const client = clientOf(registry, allowed);
    await client.listTags();
    await client.listTags();
    expect(service.requests).toHaveLength(1);

    await delay(500);
    await client.listTags();
    expect(service.requests).toHaveLength(2);
    expect(authorizations(registry).slice(1)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      undefined,
      'Bearer token-2',
    ]);
  });

  test('a registry with tokens that no longer takes the token is asked once more with a new one', async () => {
    const { registry, service, allowed, revoke } = await withTokenService();
    const client = clientOf(registry, allowed);
    await client.listTags();
    revoke();

    expect(await client.listTags()).toEqual(['a']);
    expect(service.requests).toHaveLength(2);
    expect(authorizations(registry).slice(2)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  test('a registry with tokens that takes no token at all is not asked for ever', async () => {
    const service = await serving(json(200, { token: 'whatever' }));
    const registry = await wantingToken(
      () => service.url,
      () => false,
    );
    const client = clientOf(registry, { allowedAuthRealms: [service.url] });

    expect(await failureOf(client.listTags())).toMatchObject({ problem: 'unauthorized' });
    expect([registry.requests.length, service.requests.length]).toEqual([2, 1]);
  });

  test('a registry with tokens is asked by many requests at once with one token', async () => {
    const { registry, service, allowed } = await withTokenService();
    const client = clientOf(registry, allowed);
    await Promise.all(Array.from({ length: 10 }, () => client.listTags()));

    expect(service.requests).toHaveLength(1);
  });

  test('a registry with tokens gets another token for deletions, and keeps the one for reading', async () => {
    const { registry, service, allowed } = await withTokenService();
    const client = clientOf(registry, allowed);
    await client.listTags();
    await client.deleteManifest('sha256:1').catch(() => undefined);

    expect(service.requests).toHaveLength(2);
    expect(registry.requests.map(({ method, authorization }) => [method, authorization])).toEqual([
      ['GET', undefined],
      ['GET', 'Bearer token-1'],
      ['DELETE', undefined],
      ['DELETE', 'Bearer token-2'],
    ]);
  });

  test('a registry with tokens is asked anonymously without credentials', async () => {
    const { registry, service, allowed } = await withTokenService();

    expect(await clientOf(registry, { ...allowed, credentials: null }).listTags()).toEqual(['a']);
    expect(authorizations(service)).toEqual([undefined]);
  });

  test.each<[string, Answer, object]>([
    [
      'refuses the password',
      bare(401),
      { problem: 'unauthorized', message: expect.stringMatching(/refused the user/) },
    ],
    ['forbids', bare(403), { problem: 'unauthorized' }],
    ['limits', bare(429, { 'retry-after': '3' }), { problem: 'rateLimited', retryAfterMs: 3000 }],
    ['is down', bare(503), { problem: 'unavailable' }],
    ['is not there', bare(404), { problem: 'broken', status: 404 }],
    ['answers a page', text('<html>'), { problem: 'broken' }],
    [
      'gives no token',
      json(200, { token: '' }),
      { problem: 'broken', message: expect.stringContaining('without a token') },
    ],
    ['gives what is no token', json(200, { token: 'a\r\nb: c' }), { problem: 'broken' }],
    ['gives a list', json(200, []), { problem: 'broken' }],
    [
      'gives too much',
      json(200, { token: 'good', more: 'x'.repeat(2 ** 19) }),
      { problem: 'broken', message: expect.stringContaining('more than we take') },
    ],
  ])(
    'a registry with tokens whose service %s fails as that, and works again afterwards',
    async (_what, answer, facts) => {
      let isBroken = true;
      const service = await serving((response, request) =>
        (isBroken ? answer : json(200, { token: 'good' }))(response, request),
      );
      const registry = await wantingToken(
        () => service.url,
        (authorization) => authorization === bearer('good'),
      );
      const client = clientOf(registry, { allowedAuthRealms: [hostOf(service)] });

      const failure = await failureOf(client.listTags());
      expect(failure).toMatchObject(facts);
      expect(failure.message).toContain(hostOf(service));
      expect(failure.message).not.toContain('realm=');

      isBroken = false;
      expect(await client.listTags()).toEqual(['a']);
    },
  );
});

describe('several credentials', () => {
  const others = ['first', 'second', 'third'].map((user) => new DockerCredentials(user, PASSWORD));
  const headers = others.map((each) => each.authorization());

  test('several credentials are tried in order until the registry takes one, which stays in use', async () => {
    const registry = await serving((response, request) =>
      (request.authorization === headers[1] ? listed : challenge('Basic realm="x"'))(response, request),
    );
    const client = clientOf(registry, { credentials: others });
    await client.listTags();
    await client.listTags();

    expect(authorizations(registry)).toEqual([undefined, headers[0], headers[1], headers[1]]);
  });

  test('several credentials are tried in order at the token service too, and by requests at once together', async () => {
    const service = await serving((response, request) =>
      (request.authorization === headers[2] ? json(200, { token: 'good' }) : bare(401))(response, request),
    );
    const registry = await serving((response, request) =>
      (request.authorization === bearer('good') ? listed : challenge(`Bearer realm="${service.url}"`))(
        response,
        request,
      ),
    );
    const client = clientOf(registry, { credentials: others, allowedAuthRealms: [hostOf(service)] });

    expect(await Promise.all([client.listTags(), client.listTags()])).toEqual([['a'], ['a']]);
    expect(authorizations(service)).toEqual(headers);
  });

  test('several credentials that may not read the repository are followed by the next', async () => {
    const registry = await serving((response, request) => {
      if (request.authorization === undefined) return challenge('Basic realm="x"')(response, request);
      return (request.authorization === headers[2] ? listed : bare(403))(response, request);
    });

    expect(await clientOf(registry, { credentials: others }).listTags()).toEqual(['a']);
  });

  test('several credentials that are all refused are each tried once', async () => {
    const registry = await serving(challenge('Basic realm="x"'));

    expect(await failureOf(clientOf(registry, { credentials: others }).listTags())).toMatchObject({
      problem: 'unauthorized',
      message: expect.stringContaining('refused the credentials'),
    });
    expect(authorizations(registry)).toEqual([undefined, ...headers]);
  });
});

test('the failure has the reason why there are no credentials', async () => {
  const registry = await serving(challenge('Basic realm="x"'));
  const whyNoCredentials = 'only the program docker-credential-gcloud could answer';

  expect(await failureOf(clientOf(registry, { credentials: [], whyNoCredentials }).listTags())).toMatchObject(
    {
      message: expect.stringContaining(whyNoCredentials),
    },
  );
});
