import { DomainError } from '../../../../src/domain/errors';
import type { LabLife } from '../../../../src/domain/lab-history';
import { aLife } from '../../../support/lab-life';
import { aWorld, type Changes, headersOf, type World } from '../fakes';

const LABS = '/nublado/spawner/v1/labs';
const OWN = '/nublado/spawner/v1/user-history';

let world: World;
let asked: [username: string, limit: number][];
let lives: LabLife[];

beforeEach(async () => {
  asked = [];
  lives = [aLife()];
  world = await aWorld({ history });
});

afterEach(() => world.app.close());

const history: Changes['history'] = {
  livesOf: async (username, limit) => {
    asked.push([username, limit]);
    return lives;
  },
  lastOf: async () => null,
};

const get = (url: string) => world.app.inject({ url, headers: headersOf('rachel') });

test('an administrator reads the labs of any user', async () => {
  const answer = await get(`${LABS}/beth/history`);

  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual([
    {
      started_at: '2077-10-23T08:00:00.000Z',
      ended_at: '2077-10-23T09:47:00.000Z',
      image: 'registry.test/sketchbook:w_2077_44@sha256:1234',
      size: 'small',
      outcome: 'lost',
      reason: 'PodEvicted',
      message: 'The lab was evicted from its node: low on memory. Start it again.',
      ended_by: { kind: 'cluster', name: null },
    },
  ]);
  expect(asked).toEqual([['beth', 20]]);
});

test('a user reads their own', async () => {
  lives = [aLife({ endedAt: null, endedBy: null, outcome: 'running', reason: null, message: null })];
  const answer = await get(OWN);

  expect(answer.json()).toMatchObject([{ outcome: 'running', ended_at: null, ended_by: null }]);
  expect(asked).toEqual([['rachel', 20]]);
});

test('a request without a user is refused', async () => {
  expect((await world.app.inject({ url: OWN })).statusCode).toBe(422);
});

test.each([
  ['1', 200],
  ['100', 200],
  ['0', 422],
  ['101', 422],
  ['many', 422],
  ['2.5', 422],
])('a limit of %s is answered %i', async (limit, status) => {
  for (const url of [`${LABS}/rachel/history`, OWN]) {
    expect((await get(`${url}?limit=${limit}`)).statusCode).toBe(status);
  }
  expect(asked.map(([, asked]) => asked)).toEqual(status === 200 ? [Number(limit), Number(limit)] : []);
});

test('while Temporal is unavailable the answer has that error', async () => {
  await world.app.close();
  const livesOf = async () => {
    throw new DomainError('workflow_unavailable', 'Temporal is away');
  };
  world = await aWorld({ history: { ...history, livesOf } });

  expect((await get(OWN)).statusCode).toBe(503);
});
