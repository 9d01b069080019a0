import type { IdentitySource } from '../../../src/api/authentication/ingress';
import { DomainError } from '../../../src/domain/errors';
import { aBody, aUser, aWorld, headersOf, type World } from './fakes';

const PATH = '/nublado/spawner/v1/labs/rachel/create';

let world: World;
let lookups: number;
let isKnown: boolean;

const identity: IdentitySource = {
  async lookup() {
    lookups += 1;
    if (!isKnown) throw new DomainError('invalid_token', 'User token is invalid');
    return aUser();
  },
};

beforeEach(async () => {
  lookups = 0;
  isKnown = true;
  world = await aWorld({ identity });
});

afterEach(() => world.app.close());

async function create(body: unknown, headers: Record<string, string> = headersOf('rachel')) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  return world.app.inject({
    method: 'POST',
    url: PATH,
    headers: { ...headers, 'content-type': 'application/json' },
    payload,
  });
}

const variables = (count: number, value = 'x', prefix = 'V') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, value]));

/** An environment of so many bytes. */
function bytes(size: number, character = 'x') {
  const { env } = aBody();
  const rest = size - Object.entries(env).flat().join('').length - 'V'.length;
  return aBody({}, { V: character.repeat(rest / Buffer.byteLength(character)) });
}

const ENVIRONMENT = {
  loc: ['body', 'env'],
  msg: 'More than 500 variables or 64 KiB of them',
  type: 'value_error',
};

describe('an environment', () => {
  test.each([
    ['500 variables', aBody({}, variables(498))],
    ['64 KiB', bytes(65_536)],
    ['64 KiB that JSON writes with six characters for one', bytes(65_536, '\u0001')],
  ])('an environment of %s is accepted', async (_what, body) => {
    expect((await create(body)).statusCode).toBe(201);
  });

  test.each([
    ['501 variables', aBody({}, variables(499))],
    ['a byte more than 64 KiB', bytes(65_537)],
    ['more than 64 KiB in UTF-8', bytes(65_538, 'é')],
    ['too many variables that are no strings', aBody({}, variables(600, 7 as unknown as string))],
    ['too many variables of wrong names', aBody({}, variables(600, 'x', 'A B'))],
  ])('an environment of %s is refused with one problem', async (_what, body) => {
    const answer = await create(body);

    expect([answer.statusCode, answer.json().detail]).toEqual([422, [ENVIRONMENT]]);
    expect(world.labs.size).toBe(0);
  });
});

test('at most 100 problems are returned, the last of which has the number of the others', async () => {
  const exact = (await create(aBody({}, variables(100, 'x', 'A B')))).json().detail;
  const many = (await create(aBody({}, variables(450, 'x', 'A B')))).json().detail;

  expect([exact.length, many.length]).toEqual([100, 100]);
  expect(exact[99].type).toBe('value_error');
  expect(many[99]).toEqual({ msg: '351 more problems are not shown', type: 'more_problems' });
});

test('so are problems of a query', async () => {
  const query = Array.from({ length: 300 }, () => 'status=x').join('&');
  const answer = await world.app.inject(`/nublado/spawner/v1/labs?${query}`);

  expect(answer.statusCode).toBe(422);
  expect(answer.json().detail.length).toBeLessThanOrEqual(100);
});

test('long values are not repeated', async () => {
  const answer = await create(aBody({ enable_debug: 'x'.repeat(5_000), image_class: 'y'.repeat(5_000) }));

  expect(answer.statusCode).toBe(422);
  expect(answer.body.length).toBeLessThan(1_000);
});

describe('a large body', () => {
  const LARGE = ' '.repeat(20_000);

  test.each([
    ['malformed JSON', `${LARGE}{`],
    ['too large an environment', bytes(100_000)],
    ['too many variables', aBody({}, variables(5_000))],
  ])('a large body with %s is judged after the caller is identified', async (_what, body) => {
    isKnown = false;
    const unknown = await create(body);
    isKnown = true;
    const known = await create(body);

    expect([unknown.statusCode, known.statusCode, lookups]).toEqual([401, 422, 2]);
  });

  test('a large body of a caller without headers is not judged', async () => {
    const answer = await create(`${LARGE}{`, {});

    expect(answer.json().detail.map(({ type }: { type: string }) => type)).toEqual(['missing', 'missing']);
    expect(lookups).toBe(0);
  });

  test('a large body beyond 512 KiB is refused before it is read', async () => {
    const answer = await create(' '.repeat(512 * 1024 + 1));

    expect([answer.statusCode, answer.json(), lookups]).toEqual([
      413,
      { detail: [{ msg: 'Request body is too large', type: 'request_too_large' }] },
      0,
    ]);
  });

  test('a large body that nests deep or has many values is refused without being parsed', async () => {
    const parse = jest.spyOn(JSON, 'parse');
    const answers = [
      await create(`${'['.repeat(200_000)}${']'.repeat(200_000)}`),
      await create(`[${'1,'.repeat(200_000)}1]`),
    ];
    const parsed = parse.mock.calls.length;
    parse.mockRestore();

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([422, 422]);
    expect(answers.map((answer) => answer.json().detail)).toEqual([
      [{ loc: ['body'], msg: 'JSON must not nest deeper than 100 levels', type: 'value_error', input: null }],
      [
        {
          loc: ['body'],
          msg: 'JSON must not have more than 10000 values',
          type: 'value_error',
          input: null,
        },
      ],
    ]);
    expect(parsed).toBe(0);
  });
});

test('a small body is judged together with missing headers, and malformed JSON before them', async () => {
  const missing = (await create({}, {})).json().detail.map(({ loc }: { loc: string[] }) => loc.join('.'));
  const malformed = (await create('{', {})).json().detail;

  expect(missing).toEqual([
    'header.x-auth-request-user',
    'header.x-auth-request-token',
    'body.options',
    'body.env',
  ]);
  expect(malformed).toEqual([expect.objectContaining({ type: 'json_invalid' })]);
});
