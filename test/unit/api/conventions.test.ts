import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { createMetrics } from '../../../src/api/plugins/metrics';
import { DomainError, ERROR_STATUS } from '../../../src/domain/errors';
import { buildOps } from '../../../src/process/ops';
import { aBody, aWorld, headersOf, SETTINGS, type World } from './fakes';

const LABS = '/nublado/spawner/v1/labs';

let world: World;

beforeEach(async () => {
  world = await aWorld();
});

afterEach(async () => {
  await world.app.close();
});

async function createLab(): Promise<void> {
  const headers = headersOf('rachel');
  await world.app.inject({ method: 'POST', url: `${LABS}/rachel/create`, headers, payload: aBody() });
}

async function list(query: string): Promise<unknown> {
  return (await world.app.inject(LABS + query)).json();
}

/** Starts anew with a world in which every dependency fails. */
async function failing(error: unknown): Promise<World> {
  await world.app.close();
  const fail = (): never => {
    throw error;
  };
  world = await aWorld({
    labs: {
      create: async () => fail(),
      read: async () => fail(),
      list: async () => fail(),
      remove: async () => fail(),
    },
    identity: { lookup: async () => fail() },
  });
  return world;
}

describe('paths', () => {
  test('paths that are unknown get 404 with a plain detail', async () => {
    for (const url of [
      '/nowhere',
      '/nublado/nowhere/',
      `${LABS}/rachel/nothing`,
      `${LABS}/${'x'.repeat(300)}`,
      '/%zz',
    ]) {
      const answer = await world.app.inject(url);
      expect([url, answer.statusCode, answer.json()]).toEqual([url, 404, { detail: 'Not Found' }]);
    }
  });

  test('paths that are known get 405 for other methods, with those allowed', async () => {
    const cases = [
      ['PUT', `${LABS}/rachel`, 'DELETE, GET'],
      ['POST', LABS, 'GET'],
      ['GET', `${LABS}/rachel/create`, 'POST'],
      ['HEAD', '/', 'GET'],
    ] as const;
    for (const [method, url, allow] of cases) {
      const answer = await world.app.inject({ method, url, payload: method === 'POST' ? '{' : undefined });
      expect([answer.statusCode, answer.headers['allow']]).toEqual([405, allow]);
    }
    expect((await world.app.inject({ method: 'PATCH', url: LABS })).json()).toEqual({
      detail: 'Method Not Allowed',
    });
  });

  test('paths with a trailing slash too much redirect to an absolute URL and keep their query', async () => {
    const headers = { host: 'data.example.com', 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https' };
    const answer = await world.app.inject({ url: `${LABS}/?status=running`, headers });

    expect(answer.statusCode).toBe(307);
    expect(answer.headers['location']).toBe(`https://data.example.com${LABS}?status=running`);
    expect((await world.app.inject('/nublado/')).headers['location']).toBe('http://localhost:80/nublado');
    expect((await world.app.inject(`${LABS}/rachel/`)).statusCode).toBe(307);
  });
});

describe('the index', () => {
  test('the index describes the service at the root and under the prefix', async () => {
    const metadata = (await world.app.inject('/')).json();

    expect(metadata).toMatchObject({ name: 'Test', version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    expect(Object.values(metadata)).not.toContain(null);
    expect((await world.app.inject('/nublado')).json()).toEqual({ metadata });
  });
});

describe('reading labs', () => {
  test('reading labs gives every key of a lab', async () => {
    await createLab();

    expect((await world.app.inject(`${LABS}/rachel`)).json()).toEqual({
      user: {
        username: 'rachel',
        name: 'Rachel Ruderman',
        uid: 1101,
        gid: 1101,
        groups: [
          { name: 'rachel', id: 1101 },
          { name: 'g_science', id: 2202 },
        ],
      },
      options: {
        image: 'registry.test/sketchbook:w_2077_44@sha256:1234',
        size: 'small',
        enable_debug: false,
        reset_user_env: false,
      },
      status: 'pending',
      internal_url: null,
      resources: {
        limits: { cpu: 1, memory: 4294967296 },
        requests: { cpu: 0.25, memory: 1073741824 },
      },
      quota: null,
      failure: null,
    });
  });

  test('the state of a failed lab has the reason', async () => {
    await createLab();
    const failure = { reason: 'SpawnTimeout', message: 'Lab spawn timed out after 600' } as const;
    const lab = world.labs.get('rachel');
    if (lab) world.labs.set('rachel', { ...lab, status: 'failed', failure });

    expect((await world.app.inject(`${LABS}/rachel`)).json()).toMatchObject({ status: 'failed', failure });
  });

  test('reading labs of unknown users is 404, located where the path named them', async () => {
    const problem = { msg: 'Unknown user beth', type: 'unknown_user' };
    const located = { detail: [{ loc: ['path', 'username'], ...problem }] };
    const byPath = await world.app.inject(`${LABS}/beth`);
    const deleted = await world.app.inject({ method: 'DELETE', url: `${LABS}/beth` });
    const own = await world.app.inject({
      url: '/nublado/spawner/v1/user-status',
      headers: headersOf('beth'),
    });

    expect([byPath.statusCode, byPath.json()]).toEqual([404, located]);
    expect([deleted.statusCode, deleted.json()]).toEqual([404, located]);
    expect([own.statusCode, own.json()]).toEqual([404, { detail: [problem] }]);
  });

  test('reading labs lists users by status', async () => {
    await createLab();
    expect(await list('')).toEqual(['rachel']);
    expect(await list('?status=running')).toEqual([]);
    expect(await list('?status=running&status=pending')).toEqual(['rachel']);
  });

  test('reading labs refuses a status there is not', async () => {
    const answer = await world.app.inject(`${LABS}?status=merry`);

    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail).toEqual([
      expect.objectContaining({ loc: ['query', 'status'], type: 'enum', input: 'merry' }),
    ]);
  });

  test('reading labs of one’s own needs the name of the caller and no token', async () => {
    await createLab();
    const url = '/nublado/spawner/v1/user-status';
    const anonymous = await world.app.inject(url);

    expect(anonymous.statusCode).toBe(422);
    expect(anonymous.json().detail).toEqual([
      expect.objectContaining({ loc: ['header', 'x-auth-request-user'], type: 'missing' }),
    ]);
    const own = await world.app.inject({ url, headers: { 'x-auth-request-user': 'rachel' } });
    expect(own.json()).toMatchObject({ status: 'pending' });
  });
});

describe('deleting a lab', () => {
  test('deleting a lab answers 204 without a body and leaves none', async () => {
    await createLab();
    const answer = await world.app.inject({ method: 'DELETE', url: `${LABS}/rachel` });

    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect((await world.app.inject(`${LABS}/rachel`)).statusCode).toBe(404);
  });
});

describe('failures', () => {
  test.each([
    ['delete_failed', 'Failed to delete lab', 500],
    ['workflow_unavailable', 'The workflow service is unavailable', 503],
    ['workflow_timeout', 'The workflow service did not answer in time', 504],
  ] as const)('%s is answered %s with its message', async (code, message, status) => {
    const { app } = await failing(new DomainError(code, message));
    const answer = await app.inject({ method: 'DELETE', url: `${LABS}/rachel` });

    expect([answer.statusCode, answer.json()]).toEqual([status, { detail: [{ msg: message, type: code }] }]);
    expect(answer.headers['retry-after']).toBe(status === 503 ? '5' : undefined);
  });

  test.each(['gafaelfawr_error', 'discovery_error'] as const)(
    '%s is a server error that operators hear of',
    async (code) => {
      const { app, reported } = await failing(new DomainError(code, 'Cannot look up the user'));
      const headers = headersOf('rachel');
      const request = { method: 'POST', url: `${LABS}/rachel/create`, headers, payload: aBody() } as const;

      expect((await app.inject(request)).statusCode).toBe(500);
      expect(reported).toEqual([{ code, username: 'rachel' }]);
    },
  );

  test('unexpected failures are answered without any detail, and reported', async () => {
    const { app, reported } = await failing(new Error('connection string postgres://…'));
    const answer = await app.inject(`${LABS}/rachel`);

    expect([answer.statusCode, answer.json()]).toEqual([
      500,
      { detail: [{ msg: 'Internal server error', type: 'internal_error' }] },
    ]);
    expect(reported).toEqual([{ code: 'other', username: null }]);
  });

  test('failures of a body beyond the limit are the client’s', async () => {
    const payload = 'x'.repeat(1_100_000);
    const answer = await world.app.inject({ method: 'POST', url: `${LABS}/rachel/create`, payload });

    expect(answer.statusCode).toBe(413);
    expect(world.reported).toEqual([]);
  });
});

describe('documentation', () => {
  test('documentation is committed as it is served', async () => {
    await world.app.close();
    world = await aWorld({ settings: { ...SETTINGS, name: 'Nublado' } });
    const served = (await world.app.inject('/nublado/openapi.json')).json();
    const committed = readFileSync(join(__dirname, '../../../docs/api/openapi.json'), 'utf8');

    expect(JSON.parse(committed)).toEqual(served);
  });

  test('documentation lists every error type with its status', () => {
    const text = readFileSync(join(__dirname, '../../../docs/api/README.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `(\w+)` +\| (\d{3}) +\|/gm)].map(([, type, status]) => [
      type,
      Number(status),
    ]);

    expect(Object.fromEntries(rows)).toEqual(ERROR_STATUS);
  });

  test('documentation can be read in a browser without loading anything from elsewhere', async () => {
    for (const url of ['/nublado/docs', '/nublado/redoc']) {
      const page = await world.app.inject(url);
      expect([url, page.statusCode]).toEqual([url, 200]);
      expect(page.headers['content-type']).toMatch(/^text\/html/);
      expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//);
    }
    expect((await world.app.inject('/nublado/docs/static/swagger-ui-bundle.js')).statusCode).toBe(200);
    expect((await world.app.inject('/nublado/redoc')).body).toContain('GET /nublado/spawner/v1/labs');
  });
});

describe('probes', () => {
  const checks = {
    temporal: async () => {},
    identity: async () => {
      throw new Error('connect ECONNREFUSED 10.0.0.1:443');
    },
  };

  test('probes show that the process is alive and which of its dependencies fail, not why', async () => {
    await world.app.close();
    world = await aWorld({ checks });
    const ready = await world.app.inject('/readyz');

    expect((await world.app.inject('/healthz')).json()).toEqual({ status: 'ok' });
    expect([ready.statusCode, ready.json()]).toEqual([
      503,
      { status: 'unavailable', checks: { temporal: 'ok', identity: 'failed' } },
    ]);
  });

  test('probes are ready when all is well, on the operators’ listener too', async () => {
    const ops = await buildOps({
      logger: pino({ enabled: false }),
      checks: { temporal: checks.temporal },
      notes: () => ({ configuration: 'as it was' }),
      metrics: createMetrics().registry,
    });
    const ready = await ops.inject('/readyz');

    expect([ready.statusCode, ready.json()]).toEqual([
      200,
      { status: 'ok', checks: { temporal: 'ok' }, configuration: 'as it was' },
    ]);
    await ops.close();
  });

  test('probes are logged at debug, other requests at info with the address the proxy saw', async () => {
    await world.app.inject('/healthz');
    await world.app.inject({ url: '/', headers: { 'x-forwarded-for': '9.9.9.9, 1.2.3.4' } });
    const lines = world.logged.map((line) => JSON.parse(line));

    expect(lines).toEqual([
      expect.objectContaining({ path: '/healthz', level: 20 }),
      expect.objectContaining({ path: '/', level: 30, client: '1.2.3.4', status: 200 }),
    ]);
  });
});

describe('metrics', () => {
  test('metrics count requests by route, so that unknown paths and names make no series', async () => {
    const { registry } = world.metrics;
    await world.app.inject(`${LABS}/rachel`);
    await world.app.inject('/nowhere');
    const ops = await buildOps({
      logger: pino({ enabled: false }),
      checks: {},
      notes: () => ({}),
      metrics: registry,
    });
    const page = (await ops.inject('/metrics')).body;
    await ops.close();

    expect(page).toContain(
      'nublado_http_request_duration_seconds_count{method="GET",route="/nublado/spawner/v1/labs/:username",status="404"} 1',
    );
    expect(page).toContain('{method="GET",route="unknown",status="404"} 1');
    expect(page).not.toContain('rachel');
  });
});
