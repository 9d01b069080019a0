import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { Access, Authentication } from '../../../src/api/authentication/authentication';
import { bearerAuthentication } from '../../../src/api/authentication/bearer';
import { createListener } from '../../../src/api/http/listener';
import { createMetrics } from '../../../src/api/plugins/metrics';
import { buildLabsApp } from '../../../src/api/usage-service';
import { SecretText } from '../../../src/config/secret-text';
import { DomainError } from '../../../src/domain/errors';
import { createHubTokenSource } from '../../../src/identity/jupyterhub';
import { createStaticTokenSource } from '../../../src/identity/static';
import { aBody, anEvent, aUser, aWorld, type Changes, headersOf, SETTINGS } from './fakes';

type Headers = Readonly<Record<string, string>>;

/** The callers of the tables' columns. */
const CALLERS = ['anonymous', 'another user', 'the user', 'an administrator'] as const;

/** One way in which callers are known: the headers that each of them sends. */
interface Mode {
  readonly callers: Readonly<Record<(typeof CALLERS)[number], Headers>>;
  /** Null for the ingress's headers, which the stand-ins know. */
  readonly authentication: (() => Authentication) | null;
}

const bearer = (name: string): Headers => ({ authorization: `Bearer token-of-${name}` });

const BY_TOKEN: Mode['callers'] = {
  anonymous: {},
  'another user': bearer('beth'),
  'the user': bearer('rachel'),
  'an administrator': bearer('the-hub'),
};

const HOLDERS: Readonly<Record<string, object>> = {
  'Bearer token-of-rachel': { kind: 'user', name: 'rachel', scopes: ['servers!user=rachel'] },
  'Bearer token-of-beth': { kind: 'user', name: 'beth', scopes: ['servers!user=beth'] },
  'Bearer token-of-the-hub': { kind: 'service', name: 'the-hub', scopes: ['admin:servers', 'servers'] },
};

const IDS = { uid: 1101, gid: 1101, groups: [] };

const MODES: Readonly<Record<string, Mode>> = {
  gafaelfawr: {
    callers: {
      anonymous: {},
      'another user': headersOf('beth'),
      'the user': headersOf('rachel'),
      'an administrator': { 'x-auth-request-user': 'bot-hub' },
    },
    authentication: null,
  },
  jupyterhub: {
    callers: BY_TOKEN,
    authentication: () =>
      bearerAuthentication(
        createHubTokenSource(
          {
            type: 'jupyterhub',
            apiUrl: 'http://hub:8081/hub/api',
            userInfoCacheMs: 0,
            userInfoCacheSize: 1,
            userIds: { rachel: IDS, beth: IDS },
            groupIds: {},
            defaultIds: null,
          },
          {
            timeoutMs: 1_000,
            fetch: async (_url, init) => {
              const holder = HOLDERS[new Headers(init?.headers).get('authorization') ?? ''];
              return Response.json(holder ?? {}, { status: holder ? 200 : 403 });
            },
          },
        ),
      ),
  },
  static: {
    callers: BY_TOKEN,
    authentication: () =>
      bearerAuthentication(
        createStaticTokenSource(
          ['rachel', 'beth', 'the-hub'].map((username) => ({
            username,
            name: null,
            admin: username === 'the-hub',
            token: new SecretText(`token-of-${username}`),
            ...IDS,
          })),
        ),
      ),
  },
};

async function* events() {
  yield anEvent(1, { type: 'complete' });
}

/** The API with a lab and a file server of rachel's. */
async function anApi({ authentication }: Mode, hasLab: boolean): Promise<FastifyInstance> {
  const changes: Changes = {
    progress: { follow: async () => events() },
    ...(authentication === null ? {} : { authentication: authentication() }),
  };
  const { app, fileServers, users } = await aWorld(changes);
  users.set('beth', aUser({ username: 'beth' }));
  const owner = MODES[authentication === null ? 'gafaelfawr' : 'static']?.callers['the user'];
  if (hasLab) fileServers.add('rachel');
  if (hasLab) await call(app, 'POST /nublado/spawner/v1/labs/{username}/create', owner ?? {});
  return app;
}

async function call(app: FastifyInstance, route: string, headers: Headers): Promise<string> {
  const [method = '', path = ''] = route.split(' ');
  const url = path.replace('{username}', 'rachel').replace('rachel/*', 'rachel/a-file').replace('*', '');
  const payload =
    method === 'POST' ? { payload: path.includes('/fsadmin/') ? { start: true } : aBody() } : {};
  const answer = await app.inject({ method: method as 'GET', url, headers, ...payload });
  return String(answer.statusCode);
}

/** The pages of the documentation come with files of their own. */
const asWritten = (url: string): string =>
  url.replaceAll(/:(\w+)/g, '{$1}').replace(/^(\/nublado\/docs)\/.*/, '$1/*');

/** The tables of the document, by heading: each row's route, access and answers. */
function tables(): Map<string, Map<string, { access: string; answers: string[] }>> {
  const text = readFileSync(join(__dirname, '../../../docs/api/access.md'), 'utf8');
  return new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((part) => {
        const rows = [...part.matchAll(/^\| `([A-Z]+ [^`]+)` +\| (\w+) +\|(.*)\|$/gm)].map(
          ([, route = '', access = '', cells = '']) =>
            [route, { access, answers: cells.split('|').map((cell) => cell.trim()) }] as const,
        );
        return [part.split('\n', 1)[0]?.trim() ?? '', new Map(rows)];
      }),
  );
}

describe.each(Object.entries(MODES))('with %s', (name, mode) => {
  const table = tables().get(name) ?? new Map();
  /** For what changes nothing. */
  let shared: FastifyInstance;

  beforeAll(async () => {
    shared = await anApi(mode, true);
  });

  afterAll(() => shared.close());

  test('the document of access has a row for each route, and no other', async () => {
    const app = shared;
    const routes = app.accessOfRoutes().map(({ method, url, access }) => {
      const shown = asWritten(url);
      return [`${method} ${shown}`, access];
    });
    const documented = Object.entries(app.swagger().paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item ?? {}).map((method) => `${method.toUpperCase()} ${path}`),
    );

    expect(Object.fromEntries([...table].map(([route, { access }]) => [route, access]))).toEqual(
      Object.fromEntries(routes),
    );
    expect([...table.keys()]).toEqual(expect.arrayContaining(documented));
  });

  test.each([...table])('%s answers each caller as the document says', async (route, { answers }) => {
    const given: string[] = [];
    for (const caller of CALLERS) {
      const isReading = route.startsWith('GET') && route !== 'GET /files';
      const app = isReading ? shared : await anApi(mode, !route.endsWith('/create'));
      given.push(await call(app, route, mode.callers[caller]));
      if (app !== shared) await app.close();
    }

    expect(given).toEqual(answers);
  });
});

describe('with the listener for labs', () => {
  const table = tables().get('Reports of labs') ?? new Map();

  async function aListener(): Promise<FastifyInstance> {
    return buildLabsApp({
      settings: { pathPrefix: '/nublado', timeouts: SETTINGS.timeouts, limits: SETTINGS.limits },
      logger: pino({ enabled: false }),
      metrics: createMetrics(),
      reportFailure: () => {},
      proofs: { isOf: () => false },
      tokens: {
        async verify(_username, token) {
          if (token !== 'token-of-rachel') throw new DomainError('invalid_token', 'Token is invalid');
        },
      },
      report: () => {},
    });
  }

  test('with the listener for labs, the document has a row for each route, and no other', async () => {
    const app = await aListener();
    const routes = app.accessOfRoutes().map(({ method, url }) => `${method} ${asWritten(url)}`);
    await app.close();

    expect([...table.keys()]).toEqual(routes);
  });

  test.each([...table])(
    'with the listener for labs, %s answers each caller as the document says',
    async (route, { answers }) => {
      const [, path = ''] = route.split(' ');
      const app = await aListener();
      const given: string[] = [];
      for (const caller of CALLERS) {
        const answer = await app.inject({
          method: 'POST',
          url: path.replace('{username}', 'rachel'),
          headers: BY_TOKEN[caller],
          payload: { last_activity: '2077-10-23T09:47:00Z' },
        });
        given.push(String(answer.statusCode));
      }
      await app.close();

      expect(given).toEqual(answers);
    },
  );
});

describe('a route', () => {
  const listener = (served: readonly Access[]) =>
    createListener(
      {
        authentication: bearerAuthentication(createStaticTokenSource([])),
        logger: pino({ enabled: false }),
        metrics: createMetrics(),
        reportFailure: () => {},
        settings: SETTINGS,
      },
      { requestTimeoutMs: 1_000, served },
    );

  test.each([
    ['that does not say who may call it', {}],
    ['of another listener', { access: 'lab' } as const],
  ])('a route %s keeps the listener from starting', async (_what, config) => {
    const app = await listener(['public', 'user', 'administrator']);
    app.get('/new', { config }, async () => 'open');

    await expect(app.ready()).rejects.toThrow('GET /new has no access that this listener serves');
    await app.close();
  });

  test.each(['user', 'administrator'] as const)(
    'a route for a %s needs a token, wherever it is registered',
    async (access) => {
      const app = await listener(['user', 'administrator']);
      await app.register(
        async (scope) => {
          scope.get('/new', { config: { access } }, async () => 'open');
        },
        { prefix: '/deep' },
      );

      expect((await app.inject('/deep/new')).statusCode).toBe(401);
      await app.close();
    },
  );
});
