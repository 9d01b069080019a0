import type { Fsadmin } from '../../../../src/api/dependencies';
import { DomainError } from '../../../../src/domain/errors';
import { aWorld, headersOf, type World } from '../fakes';

const URL = '/nublado/fsadmin/v1/service';
const STARTED = { startTime: '2077-10-23T09:47:00Z' };

let world: World;
let asked: string[];

afterEach(() => world.app.close());

async function serve(changes: Partial<Fsadmin> = {}): Promise<void> {
  asked = [];
  const noting = (what: string) => async (requester: string | null) => {
    asked.push(`${what} by ${requester}`);
    return STARTED;
  };
  const fsadmin: Fsadmin = {
    read: noting('read'),
    start: noting('start'),
    remove: async (requester) => void (await noting('remove')(requester)),
    ...changes,
  };
  world = await aWorld({ fsadmin });
}

const ask = (
  method: 'GET' | 'POST' | 'DELETE',
  payload?: object | string,
  contentType = 'application/json',
) =>
  world.app.inject({
    method,
    url: URL,
    headers: { ...headersOf('operator'), ...(payload === undefined ? {} : { 'content-type': contentType }) },
    ...(payload === undefined ? {} : { payload }),
  });

test('a read and a start answer with the time of the start, a removal with nothing', async () => {
  await serve();
  const answers = [await ask('GET'), await ask('POST', { start: true }), await ask('DELETE')];

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 204]);
  expect(answers[0]?.json()).toEqual({ start_time: '2077-10-23T09:47:00Z' });
  expect(answers[1]?.json()).toEqual({ start_time: '2077-10-23T09:47:00Z' });
  expect(answers[2]?.body).toBe('');
  expect(asked).toEqual(['read by operator', 'start by operator', 'remove by operator']);
});

test.each([
  ['without a body', undefined, ['body'], 'missing'],
  ['with an empty object', {}, ['body', 'start'], 'missing'],
  ['with false', { start: false }, ['body', 'start'], 'literal_error'],
  ['with a text', { start: 'true' }, ['body', 'start'], 'literal_error'],
  ['with a number', { start: 1 }, ['body', 'start'], 'literal_error'],
  ['with null', { start: null }, ['body', 'start'], 'literal_error'],
  ['with another field', { start: true, force: true }, ['body'], 'value_error'],
  ['with a list', [true], ['body'], 'model_attributes_type'],
])('a start %s is invalid', async (_what, payload, loc, type) => {
  await serve();
  const answer = await ask('POST', payload);

  expect(answer.statusCode).toBe(422);
  expect(answer.json().detail).toMatchObject([{ loc, type }]);
  expect(asked).toEqual([]);
});

test('a start with broken JSON is located at the offending character', async () => {
  await serve();
  const answer = await ask('POST', '{"start": tru}');

  expect(answer.statusCode).toBe(422);
  expect(answer.json().detail).toMatchObject([{ loc: ['body', 10], type: 'json_invalid' }]);
});

test.each([
  ['not_found', 'nublado/fsadmin', 404],
  ['invalid_phase', 'Succeeded', 404],
  ['kubernetes_error', 'Error creating object (Pod nublado/fsadmin, status 403): Forbidden', 500],
  ['permission_denied', 'The request for file system administration is refused.', 403],
  ['workflow_unavailable', 'The workflow service is unavailable', 503],
  ['workflow_timeout', 'The workflow service did not answer in time', 504],
] as const)('the failure %s is answered with its message', async (type, msg, status) => {
  const fail = async () => {
    throw new DomainError(type, msg);
  };
  await serve({ read: fail, start: fail, remove: fail });

  for (const answer of [await ask('GET'), await ask('POST', { start: true }), await ask('DELETE')]) {
    expect([answer.statusCode, answer.json()]).toEqual([status, { detail: [{ msg, type }] }]);
  }
});
