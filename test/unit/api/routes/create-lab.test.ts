import type { LabSettings } from '../../../../src/api/dependencies';
import type { LabPlan } from '../../../../src/domain/lab-plan';
import {
  aBody,
  aUser,
  aWorld,
  CHECKED_HOMES,
  headersOf,
  LAB_SETTINGS,
  LAB_TERMS,
  type World,
} from '../fakes';

const PATH = '/nublado/spawner/v1/labs/rachel/create';

type Body = ReturnType<typeof aBody>;

interface CreateRequest {
  readonly headers: Record<string, string>;
  readonly body: unknown;
  readonly path: string;
}

async function create(
  world: World,
  { headers = headersOf('rachel'), body = aBody(), path = PATH }: Partial<CreateRequest> = {},
) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  return world.app.inject({
    method: 'POST',
    url: path,
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  });
}

function without(body: Body, ...path: string[]): Body {
  const copy = structuredClone(body);
  const last = path.at(-1) ?? '';
  const parent = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>((at, key) => Object(at[key]), Object(copy));
  delete parent[last];
  return copy;
}

/** What bounds the IDs of labs, in words. */
const WITHIN = 'UID, GID and group IDs of labs must lie within 1 and 2147483647';

let world: World;

beforeEach(async () => {
  world = await aWorld();
});

afterEach(async () => {
  await world.app.close();
});

describe('an accepted spawn', () => {
  test('an accepted spawn is answered 201 with a null body and the address of the lab', async () => {
    const answer = await create(world);

    expect(answer.statusCode).toBe(201);
    expect(answer.body).toBe('null');
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.headers['location']).toBe('http://localhost:80/nublado/spawner/v1/labs/rachel');
  });

  test('an accepted spawn takes the scheme of the address from the proxy that forwards the client’s address', async () => {
    const forwarded = { ...headersOf('rachel'), 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https' };
    const answer = await create(world, { headers: { ...forwarded, host: 'data.example.com' } });

    expect(answer.headers['location']).toBe('https://data.example.com/nublado/spawner/v1/labs/rachel');
  });

  test('an accepted spawn ignores a scheme without a forwarded address', async () => {
    const answer = await create(world, { headers: { ...headersOf('rachel'), 'x-forwarded-proto': 'https' } });

    expect(answer.headers['location']).toMatch(/^http:/);
  });

  test('an accepted spawn can be read at once as pending, with the options that were asked for', async () => {
    await create(world, { body: aBody({ size: 'Large', enable_debug: ['true'], reset_user_env: false }) });
    const answer = await world.app.inject('/nublado/spawner/v1/labs/rachel');

    expect(answer.json()).toMatchObject({
      status: 'pending',
      internal_url: null,
      failure: null,
      options: {
        image: 'registry.test/sketchbook:w_2077_44@sha256:1234',
        size: 'large',
        enable_debug: true,
        reset_user_env: false,
      },
    });
  });

  test('an accepted spawn is counted, and so is a refused one by the code of its refusal', async () => {
    await create(world);
    await create(world);
    const counted = await world.metrics.labRequests.get();

    expect(counted.values.map(({ labels, value }) => ({ ...labels, value }))).toEqual([
      { operation: 'spawn', outcome: 'accepted', value: 1 },
      { operation: 'spawn', outcome: 'lab_exists', value: 1 },
    ]);
  });
});

describe('the plan of a spawn', () => {
  test('the plan of a spawn seals the token and all variables of the hub, and shows only what the address is made with', async () => {
    const plans: LabPlan[] = [];
    await world.app.close();
    world = await aWorld({
      labs: {
        create: async ({ plan }) => void plans.push(plan),
        read: () => Promise.reject(new Error('unused')),
        list: async () => [],
        remove: async () => {},
      },
    });
    const env = { JPY_API_TOKEN: 'hub-secret', EXTRA_SECRET: 'extra', JUPYTERHUB_USER: 'rachel' };
    await create(world, { body: aBody({}, env) });

    const [plan] = plans;
    expect(plan?.environment).toEqual({ JUPYTERHUB_SERVICE_PREFIX: '/nb/user/rachel/' });
    expect(JSON.parse(Buffer.from(plan?.secrets.ciphertext ?? '', 'base64').toString())).toEqual({
      token: 'token-of-rachel',
      hubEnvironment: {
        JUPYTERHUB_API_TOKEN: 'hub-secret',
        JPY_API_TOKEN: 'hub-secret',
        EXTRA_SECRET: 'extra',
      },
      environment: { JUPYTERHUB_SERVICE_PREFIX: '/nb/user/rachel/', JUPYTERHUB_USER: 'rachel' },
    });
  });
});

describe('a full home directory', () => {
  async function planOf(
    settings: LabSettings,
    options: Record<string, unknown>,
  ): Promise<LabPlan | undefined> {
    const plans: LabPlan[] = [];
    await world.app.close();
    world = await aWorld({
      terms: () => ({ ...LAB_TERMS, settings }),
      labs: {
        create: async ({ plan }) => void plans.push(plan),
        read: () => Promise.reject(new Error('unused')),
        list: async () => [],
        remove: async () => {},
      },
    });
    expect((await create(world, { body: aBody(options) })).statusCode).toBe(201);
    return plans[0];
  }

  test.each([['true'], true, 'true'])('is no hindrance by choice: %j', async (choice) => {
    expect(await planOf(CHECKED_HOMES, { start_with_full_home: choice })).toMatchObject({ startFull: true });
  });

  test('is one without that choice, and the plan has the page of the file server', async () => {
    const plan = await planOf(CHECKED_HOMES, { start_with_full_home: 'false' });
    expect(plan).not.toHaveProperty('startFull');
    expect(plan?.filesUrl).toBe('https://data.example/files');
  });

  test('has no page without file servers', async () => {
    const settings = { ...CHECKED_HOMES, fileserver: LAB_SETTINGS.fileserver };
    expect(await planOf(settings, {})).not.toHaveProperty('filesUrl');
  });

  test('is not part of the plan where it is not checked', async () => {
    const plan = await planOf(LAB_SETTINGS, { start_with_full_home: true });
    expect(plan).not.toHaveProperty('startFull');
    expect(plan).not.toHaveProperty('filesUrl');
  });
});

test.each([null, 7, { uid: 'x' }, { uid: 1, gid: 1 }])('the key user is ignored: %j', async (user) => {
  const answer = await create(world, { body: { ...aBody(), user } });

  expect(answer.statusCode).toBe(201);
  expect(world.labs.get('rachel')?.user.uid).toBe(1101);
});

describe('options', () => {
  test.each([
    ['plain values', { image_list: 'registry.test/sketchbook:w_1', size: 'small' }],
    [
      'the drop-down through its radio button',
      { image_list: ['use_image_from_dropdown'], image_dropdown: ['a/b:c'] },
    ],
    ['a drop-down value beside a listed image', { image_dropdown: ['a/b:c'] }],
    ['an image class', { image_list: undefined, image_class: ['latest-weekly'] }],
    ['an image tag', { image_list: [], image_tag: 'w_2077_44' }],
    ['empty strings as unset', { image_tag: [''], image_class: '', image_dropdown: '' }],
    ['null and empty lists as absent', { image_tag: null, enable_debug: [], reset_user_env: null }],
    ['a size in upper case', { size: 'SMALL' }],
    ['keys it does not know', { _xsrf: ['a', 'b'], anything: { at: 'all' } }],
  ])('options accept %s', async (_case, options) => {
    expect((await create(world, { body: aBody(options) })).statusCode).toBe(201);
  });
});

describe('a malformed request', () => {
  const options = ['body', 'options'];
  const cases: [string, unknown, (string | number)[], string][] = [
    ['no body', '', ['body'], 'missing'],
    ['a null body', 'null', ['body'], 'missing'],
    ['a body that is no object', '[1]', ['body'], 'model_attributes_type'],
    ['malformed JSON', '{"options": }', ['body', 12], 'json_invalid'],
    ['truncated JSON', '{"options": {"a"', ['body', 16], 'json_invalid'],
    ['no options', without(aBody(), 'options'), options, 'missing'],
    ['no environment', without(aBody(), 'env'), ['body', 'env'], 'missing'],
    ['no size', without(aBody(), 'options', 'size'), [...options, 'size'], 'missing'],
    ['an unknown size', aBody({ size: ['vast'] }), [...options, 'size'], 'enum'],
    [
      'an unknown class',
      aBody({ image_list: null, image_class: ['best'] }),
      [...options, 'image_class'],
      'enum',
    ],
    ['no image', aBody({ image_list: [] }), options, 'value_error'],
    ['several images', aBody({ image_tag: ['w_1'] }), options, 'value_error'],
    ['a list of two', aBody({ image_list: ['a/b:c', 'a/b:d'] }), options, 'value_error'],
    ['a bad debug flag', aBody({ enable_debug: ['on'] }), [...options, 'enable_debug'], 'value_error'],
    [
      'a bad flag for full homes',
      aBody({ start_with_full_home: 'on' }),
      [...options, 'start_with_full_home'],
      'value_error',
    ],
    ['a bad reset flag', aBody({ reset_user_env: 1 }), [...options, 'reset_user_env'], 'value_error'],
    [
      'no service prefix',
      without(aBody(), 'env', 'JUPYTERHUB_SERVICE_PREFIX'),
      ['body', 'env'],
      'value_error',
    ],
    ['a variable that is no string', aBody({}, { CPU: 5 }), ['body', 'env', 'CPU'], 'string_type'],
  ];

  test.each(cases)('a malformed request with %s is located and typed', async (_case, body, loc, type) => {
    const answer = await create(world, { body });

    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail).toEqual([expect.objectContaining({ loc, type })]);
    expect(world.labs.size).toBe(0);
  });

  test.each([
    [{ image_list: null }, 'No image to spawn specified'],
    [
      { image_tag: 'w_1', image_class: 'recommended' },
      'Image specified multiple ways (image_class, image_list, image_tag)',
    ],
    [{ size: ['small', 'large'] }, 'Too many values for size'],
    [{ enable_debug: 'on' }, 'Invalid boolean value on'],
  ])('a malformed request is refused with the problem: %j', async (options, message) => {
    expect((await create(world, { body: aBody(options) })).json().detail[0].msg).toBe(message);
  });

  test('a malformed request reports every problem of a body', async () => {
    const body = aBody({ size: 'vast', enable_debug: 'on' }, { CPU: 5 });
    const types = (await create(world, { body })).json().detail.map(({ type }: { type: string }) => type);

    expect(types.toSorted()).toEqual(['enum', 'string_type', 'value_error']);
  });

  test.each([
    ['', 'x'],
    ['A B', 'x'],
    ['A=B', 'x'],
    ['..', 'x'],
    ['é', 'x'],
    ['A', 'a\0b'],
    ['JUPYTERHUB_SERVICE_PREFIX', ''],
    ['JUPYTERHUB_SERVICE_PREFIX', 'nb/user/rachel/'],
    ['JUPYTERHUB_SERVICE_PREFIX', '@elsewhere.example.com/'],
  ])('a malformed request is refused for the variable %j=%j', async (name, value) => {
    const answer = await create(world, { body: aBody({}, { [name]: value }) });

    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail).toEqual([
      { loc: ['body', 'env', name], msg: expect.any(String), type: 'value_error' },
    ]);
    expect(world.labs.size).toBe(0);
  });

  test.each(['size', 'enable_debug', 'image_tag'])(
    'a malformed request does not repeat a %s that nests deep',
    async (key) => {
      const depth = 90;
      const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
      const body = JSON.stringify(aBody({ [key]: 'NESTED' })).replace('"NESTED"', nested);
      const answer = await create(world, { body });

      expect(answer.statusCode).toBe(422);
      expect(answer.json().detail[0].loc).toEqual(['body', 'options', key]);
    },
  );

  test('a malformed request never repeats anything of the environment', async () => {
    const bodies = [
      aBody({}, { CPU: { token: 'hub-secret' } }),
      without(aBody(), 'options'),
      without(aBody(), 'env', 'JUPYTERHUB_SERVICE_PREFIX'),
      { ...aBody(), env: ['hub-secret'] },
      [aBody()],
    ];
    const answers = await Promise.all(bodies.map((body) => create(world, { body })));

    for (const answer of answers) {
      expect(answer.statusCode).toBe(422);
      expect(answer.body).not.toContain('hub-secret');
    }
    expect(world.logged.join()).not.toMatch(/hub-secret|token-of-rachel/);
  });

  test('a malformed request is not taken for JSON when it is declared as something else', async () => {
    const headers = { ...headersOf('rachel'), 'content-type': 'text/plain' };
    const answer = await create(world, { headers });

    expect(answer.json().detail).toEqual([
      { loc: ['body'], msg: expect.any(String), type: 'model_attributes_type' },
    ]);
  });
});

describe('checks come in their order:', () => {
  const rogue = aBody({ image_list: 'unknown', size: 'huge' });
  const noHeaders = {};

  /* Each violation together with all later ones; the first must win. */
  test.each<[string, number, string]>([
    ['malformed JSON', 422, 'json_invalid'],
    ['missing headers', 422, 'missing'],
    ['an invalid token', 401, 'invalid_token'],
    ["another user's token", 403, 'permission_denied'],
    ['an invalid body', 422, 'missing'],
    ["another user's path", 403, 'permission_denied'],
    ['a quota that forbids spawning', 403, 'permission_denied'],
    ['no UID', 403, 'permission_denied'],
    ['no GID', 403, 'permission_denied'],
    ['an unknown image', 400, 'unknown_image'],
    ['a size that is not configured', 422, 'invalid_lab_size'],
    ['a size beyond the quota', 403, 'insufficient_quota'],
    ['a lab that exists', 409, 'lab_exists'],
  ])('checks come in their order: %s', async (violation, status, type) => {
    const order = [
      'malformed JSON',
      'missing headers',
      'an invalid token',
      "another user's token",
      'an invalid body',
      "another user's path",
      'a quota that forbids spawning',
      'no UID',
      'no GID',
      'an unknown image',
      'a size that is not configured',
      'a size beyond the quota',
      'a lab that exists',
    ];
    const violates = (other: string): boolean => order.indexOf(other) >= order.indexOf(violation);
    await create(world);
    world.users.set(
      'rachel',
      aUser({
        username: violates("another user's token") ? 'beth' : 'rachel',
        uid: violates('no UID') ? 0 : 1101,
        gid: violates('no GID') ? null : 1101,
        quota: violates('a size beyond the quota')
          ? { cpu: 0.5, memory: 1, spawn: !violates('a quota that forbids spawning') }
          : null,
      }),
    );
    if (violates('an invalid token')) world.users.clear();
    const options = {
      ...(violates('an unknown image') ? { image_list: 'unknown' } : {}),
      ...(violates('a size that is not configured') ? { size: 'huge' } : {}),
    };
    const body = violates('an invalid body') ? without(rogue, 'options', 'size') : aBody(options);

    const answer = await create(world, {
      headers: violates('missing headers') ? noHeaders : headersOf('rachel'),
      body: violates('malformed JSON') ? '{' : body,
      path: violates("another user's path") ? PATH.replace('rachel', 'beth') : PATH,
    });

    expect(answer.statusCode).toBe(status);
    expect(answer.json().detail[0].type).toBe(type);
  });
});

describe('a refusal', () => {
  test('a refusal of absent headers lists both of them, together with the problems of the body', async () => {
    const answer = await create(world, { headers: {}, body: without(aBody(), 'env') });

    expect(answer.json().detail.map(({ loc }: { loc: string[] }) => loc)).toEqual([
      ['header', 'x-auth-request-user'],
      ['header', 'x-auth-request-token'],
      ['body', 'env'],
    ]);
  });

  const located: [string, Record<string, unknown>, object][] = [
    [
      'an unknown image',
      { image_list: null, image_tag: 'unknown' },
      { loc: ['body', 'options', 'image_tag'], type: 'unknown_image' },
    ],
    [
      'an image that cannot be parsed',
      { image_list: ':::' },
      { loc: ['body', 'options', 'image_list'], type: 'invalid_docker_reference' },
    ],
    [
      'a size that is not configured',
      { size: 'huge' },
      { loc: ['body', 'options', 'size'], msg: 'Invalid lab size "huge"', type: 'invalid_lab_size' },
    ],
    [
      'a size beyond the quota',
      { size: 'large' },
      {
        loc: ['body', 'options', 'size'],
        msg: 'Insufficient quota to spawn requested lab',
        type: 'insufficient_quota',
      },
    ],
  ];

  test.each(located)('a refusal of %s has the location of the problem', async (_case, options, problem) => {
    world.users.set('rachel', aUser({ quota: { cpu: 1, memory: 4 * 1024 ** 3, spawn: true } }));

    expect((await create(world, { body: aBody(options) })).json().detail).toEqual([
      expect.objectContaining(problem),
    ]);
  });

  test.each([
    [{ quota: { cpu: 9, memory: 2 ** 40, spawn: false } }, 'Spawning a notebook is not permitted'],
    [{ uid: null }, 'Must have a UID to spawn labs'],
    [{ gid: 0 }, 'Must have a GID to spawn labs'],
    [{ uid: 0 }, 'Must have a UID to spawn labs'],
    [{ uid: 2 ** 31 }, `${WITHIN}, but the UID is 2147483648`],
    [{ uid: 1.5 }, `${WITHIN}, but the UID is 1.5`],
    [{ gid: -1 }, `${WITHIN}, but the GID is -1`],
    [{ groups: [{ name: 'g', id: -1 }] }, `${WITHIN}, but group "g" has -1`],
    [
      {
        groups: [
          { name: 'g', id: 5 },
          { name: 'wheel', id: 0 },
        ],
      },
      `${WITHIN}, but group "wheel" has 0`,
    ],
  ])('a refusal of a user with %j has no location', async (changes, msg) => {
    world.users.set('rachel', aUser(changes));

    expect((await create(world)).json()).toEqual({ detail: [{ msg, type: 'permission_denied' }] });
  });

  test.each(['ra:chel', 'ra chel', '.rachel', 'x'.repeat(201)])(
    'a refusal meets a user after whom no object can be named: %s',
    async (username) => {
      world.users.set(username, aUser({ username }));

      const answer = await create(world, {
        headers: headersOf(username),
        path: PATH.replace('rachel', encodeURIComponent(username)),
      });

      expect(answer.statusCode).toBe(403);
      expect(answer.json().detail).toEqual([
        {
          type: 'permission_denied',
          msg:
            `Kubernetes objects cannot be named after ${username}: letters, digits, ".", "_", "-", "+" and "@", ` +
            'not beginning with "." or "@", at most 200 bytes, composed as Unicode\'s NFC',
        },
      ]);
      expect(world.labs.size).toBe(0);
    },
  );

  test('a refusal of a quota does not concern a size that just fits', async () => {
    world.users.set('rachel', aUser({ quota: { cpu: 4, memory: 16 * 1024 ** 3, spawn: true } }));

    expect((await create(world, { body: aBody({ size: 'large' }) })).statusCode).toBe(201);
    expect((await world.app.inject('/nublado/spawner/v1/labs/rachel')).json().quota).toEqual({
      cpu: 4,
      memory: 16 * 1024 ** 3,
    });
  });

  test('a refusal leaves no lab behind', async () => {
    await create(world, { body: aBody({ size: 'huge' }) });

    expect((await world.app.inject('/nublado/spawner/v1/labs/rachel')).statusCode).toBe(404);
  });
});
