import * as fc from 'fast-check';
import { bearerAuthentication } from '../../../../src/api/authentication/bearer';
import { DomainError } from '../../../../src/domain/errors';
import { bearer, source } from '../bearer-source';
import { aBody, anEvent, aWorld, type Changes, type World } from '../fakes';

const LABS = '/nublado/spawner/v1/labs';

let world: World;
async function renewWorld(changes: Changes = {}): Promise<void> {
  world = await aWorld({
    authentication: bearerAuthentication(source),
    progress: { follow: async () => events() },
    ...changes,
  });
}

async function* events() {
  yield anEvent(1);
}

beforeEach(() => renewWorld());

afterEach(() => world.app.close());

interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly payload?: object;
}

const CREATE: Call = { method: 'POST', url: `${LABS}/rachel/create`, payload: aBody() };
const FOLLOW: Call = { method: 'GET', url: `${LABS}/rachel/events` };
const OWN_STATUS: Call = { method: 'GET', url: '/nublado/spawner/v1/user-status' };
const FORM: Call = { method: 'GET', url: '/nublado/spawner/v1/lab-form/rachel' };
const OWN_HISTORY: Call = { method: 'GET', url: '/nublado/spawner/v1/user-history' };
const HISTORY: Call = { method: 'GET', url: `${LABS}/rachel/history` };
const READ: Call = { method: 'GET', url: `${LABS}/rachel` };
const DELETE: Call = { method: 'DELETE', url: `${LABS}/rachel` };
const LIST: Call = { method: 'GET', url: LABS };
const ROUTES = { CREATE, FOLLOW, FORM, OWN_STATUS, OWN_HISTORY, READ, DELETE, LIST, HISTORY };

const call = (request: Call, headers: Record<string, string>) => world.app.inject({ ...request, headers });

describe('who may call what', () => {
  const callers = {
    'no credentials': {},
    'headers of an ingress': {
      'x-auth-request-user': 'rachel',
      'x-auth-request-token': 'token-of-rachel',
    },
    'a wrong token': bearer('wrong-token'),
    'a password': { authorization: 'Basic cmFjaGVsOnNlY3JldA==' },
    'a token too narrow': bearer('narrow-token'),
    'another user': bearer('beths-token'),
    'the user': bearer('rachels-token'),
    'an administrator': bearer('the-hubs-token'),
  };

  /** For each caller, the answers to each route; the labs of rachel and beth exist except for `CREATE`. */
  const table: [keyof typeof callers, Record<keyof typeof ROUTES, number>][] = [
    [
      'no credentials',
      {
        CREATE: 401,
        FOLLOW: 401,
        FORM: 401,
        OWN_STATUS: 401,
        OWN_HISTORY: 401,
        READ: 401,
        DELETE: 401,
        LIST: 401,
        HISTORY: 401,
      },
    ],
    [
      'headers of an ingress',
      {
        CREATE: 401,
        FOLLOW: 401,
        FORM: 401,
        OWN_STATUS: 401,
        OWN_HISTORY: 401,
        READ: 401,
        DELETE: 401,
        LIST: 401,
        HISTORY: 401,
      },
    ],
    [
      'a wrong token',
      {
        CREATE: 401,
        FOLLOW: 401,
        FORM: 401,
        OWN_STATUS: 401,
        OWN_HISTORY: 401,
        READ: 401,
        DELETE: 401,
        LIST: 401,
        HISTORY: 401,
      },
    ],
    [
      'a password',
      {
        CREATE: 401,
        FOLLOW: 401,
        FORM: 401,
        OWN_STATUS: 401,
        OWN_HISTORY: 401,
        READ: 401,
        DELETE: 401,
        LIST: 401,
        HISTORY: 401,
      },
    ],
    [
      'a token too narrow',
      {
        CREATE: 403,
        FOLLOW: 403,
        FORM: 403,
        OWN_STATUS: 403,
        OWN_HISTORY: 403,
        READ: 403,
        DELETE: 403,
        LIST: 403,
        HISTORY: 403,
      },
    ],
    [
      'another user',
      {
        CREATE: 403,
        FOLLOW: 403,
        FORM: 403,
        OWN_STATUS: 404,
        OWN_HISTORY: 200,
        READ: 403,
        DELETE: 403,
        LIST: 403,
        HISTORY: 403,
      },
    ],
    [
      'the user',
      {
        CREATE: 201,
        FOLLOW: 200,
        FORM: 200,
        OWN_STATUS: 200,
        OWN_HISTORY: 200,
        READ: 403,
        DELETE: 403,
        LIST: 403,
        HISTORY: 403,
      },
    ],
    [
      'an administrator',
      {
        CREATE: 201,
        FOLLOW: 200,
        FORM: 200,
        OWN_STATUS: 403,
        OWN_HISTORY: 403,
        READ: 200,
        DELETE: 204,
        LIST: 200,
        HISTORY: 200,
      },
    ],
  ];
  const cases = table.flatMap(([caller, expected]) =>
    Object.entries(expected).map(
      ([route, status]) => [route as keyof typeof ROUTES, caller, status] as const,
    ),
  );

  test.each(cases)('%s by %s is answered %i', async (route, caller, status) => {
    if (route !== 'CREATE') await call(CREATE, bearer('rachels-token'));

    const answer = await call(ROUTES[route], callers[caller]);

    expect(answer.statusCode).toBe(status);
    expect(world.labs.has('rachel')).toBe(route === 'CREATE' ? status === 201 : status !== 204);
  });

  test.each(['bearer', 'BEARER', 'token', 'Token'])(
    'the scheme of a token may be written %s',
    async (scheme) => {
      const answer = await call(LIST, { authorization: `${scheme} the-hubs-token` });

      expect(answer.statusCode).toBe(200);
    },
  );

  test('every documented route needs a token, except those about the service', async () => {
    const paths = Object.entries(world.app.swagger().paths ?? {});
    const operations = paths.flatMap(([path, item]) =>
      Object.keys(item ?? {}).map((method) => ({ method: method.toUpperCase(), path })),
    );
    const open: string[] = [];
    for (const { method, path } of operations) {
      const url = path.replace(/\{\w+\}/g, 'rachel');
      const { statusCode } = await world.app.inject({ method: method as Call['method'], url });
      if (statusCode !== 401) open.push(`${method} ${path}`);
    }

    expect(operations.length).toBeGreaterThan(Object.keys(ROUTES).length);
    expect(open).toEqual(['GET /', 'GET /nublado']);
  });

  test.each([
    '/',
    '/nublado',
    '/healthz',
    '/readyz',
    '/nublado/openapi.json',
    '/nublado/docs',
    '/nublado/redoc',
  ])('the route %s needs no token', async (url) => {
    expect((await world.app.inject(url)).statusCode).toBe(200);
  });
});

describe('a refusal', () => {
  test('a refusal without a token has the challenge', async () => {
    const answer = await call(READ, {});

    expect(answer.headers['www-authenticate']).toBe('Bearer realm="nublado"');
    expect(answer.json()).toEqual({
      detail: [{ msg: 'A token is needed: Authorization: Bearer <token>', type: 'missing_token' }],
    });
  });

  test('a refusal of an unknown token has that reason', async () => {
    const answer = await call(READ, bearer('wrong-token'));

    expect(answer.headers['www-authenticate']).toBe('Bearer realm="nublado", error="invalid_token"');
    expect(answer.json()).toEqual({ detail: [{ msg: 'Token is invalid', type: 'invalid_token' }] });
  });

  test('a refusal comes before anything of the request is read', async () => {
    const malformed = await world.app.inject({ method: 'POST', url: `${LABS}/rachel/create`, payload: '{' });
    const unknownStatus = await world.app.inject(`${LABS}?status=merry`);

    expect([malformed.statusCode, unknownStatus.statusCode]).toEqual([401, 401]);
  });

  test('a failure of JupyterHub is a server error, which is reported', async () => {
    await world.app.close();
    const ownerOf = async () => {
      throw new DomainError('jupyterhub_error', 'Token lookup in JupyterHub failed: status 502');
    };
    await renewWorld({ authentication: bearerAuthentication({ ...source, ownerOf }) });
    const answer = await call(READ, bearer('the-hubs-token'));

    expect(answer.statusCode).toBe(500);
    expect(answer.headers['www-authenticate']).toBeUndefined();
    expect(world.reported).toEqual([{ code: 'jupyterhub_error', username: null }]);
  });

  test('a refusal never repeats the token, in whatever form it came, and neither does the log', async () => {
    // The mark keeps it from being part of some word of an answer.
    const token = fc.stringMatching(/^[\x21-\x7e]{4,60}$/).map((text) => `~${text}`);
    const scheme = fc.constantFrom('Bearer ', 'token ', 'Basic ', 'Bearer', '', 'Bearer  ', 'Digest ');
    const route = fc.constantFrom(...Object.values(ROUTES));

    await fc.assert(
      fc.asyncProperty(scheme, token, route, async (scheme, token, route) => {
        world.logged.splice(0);
        const answer = await call(route, { authorization: scheme + token, 'x-auth-request-token': token });
        expect(answer.statusCode).toBe(401);
        expect(answer.body + JSON.stringify(answer.headers)).not.toContain(token);
        expect(world.logged.splice(0).join()).not.toContain(token);
      }),
    );
  });
});

describe('the log', () => {
  test('the log names the caller by their token, not by headers that any client can send', async () => {
    await call(LIST, { ...bearer('the-hubs-token'), 'x-auth-request-user': 'mallory' });
    await call(LIST, { 'x-auth-request-user': 'mallory' });
    const users = world.logged.map((line) => JSON.parse(line).user);

    expect(users).toEqual(['hub', null]);
  });
});
