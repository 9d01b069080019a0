import { setTimeout as delay } from 'node:timers/promises';
import { type Check, failed, ok, type Subject, skipped } from '../../../../src/cli/doctor/check';
import { examine, selectChecks } from '../../../../src/cli/doctor/examine';

const subjectFor = (remainingMs: number): Subject =>
  ({ remainingMs: () => remainingMs }) as unknown as Subject;

const aCheck = (name: string, ask: Check['ask'], more: Partial<Check> = {}): Check => ({
  name,
  parts: ['api', 'worker', 'watcher', 'all'],
  remedy: `mend ${name}`,
  ask,
  ...more,
});

const outline = (results: Awaited<ReturnType<typeof examine>>) =>
  results.map(({ check, status, message, remedy }) => ({ check, status, message, remedy }));

test('results are in the order of the checks, whichever is done first', async () => {
  const checks = [aCheck('slow', () => delay(20, ok('late'))), aCheck('fast', async () => ok('soon'))];

  expect((await examine(checks, subjectFor(10_000))).map(({ message }) => message)).toEqual(['late', 'soon']);
});

test('a check that fails is not asked for what needs it, nor for what needs that', async () => {
  const asked: string[] = [];
  const asking = (name: string, needs: string) =>
    aCheck(
      name,
      async () => {
        asked.push(name);
        return ok(name);
      },
      { needs },
    );
  const checks = [
    aCheck('cluster', async () => failed('away', 'start it')),
    aCheck('odd', async () => skipped('none')),
    asking('permissions', 'cluster'),
    asking('secrets', 'permissions'),
  ];

  expect(outline(await examine(checks, subjectFor(10_000))).slice(2)).toEqual([
    { check: 'permissions', status: 'skipped', message: 'needs cluster', remedy: null },
    { check: 'secrets', status: 'skipped', message: 'needs permissions', remedy: null },
  ]);
  expect(asked).toEqual([]);
});

test('a check that is not done in time fails with its remedy, and the others are not held up', async () => {
  const checks = [aCheck('hangs', () => new Promise(() => {})), aCheck('fine', async () => ok('well'))];

  expect(outline(await examine(checks, subjectFor(20)))).toEqual([
    { check: 'hangs', status: 'error', message: 'no answer in time', remedy: 'mend hangs' },
    { check: 'fine', status: 'ok', message: 'well', remedy: null },
  ]);
});

test.each([
  [
    new Error('GET https://ada:hunter22@hub.example.org/x failed'),
    'GET https://[redacted]@hub.example.org/x failed',
  ],
  [new Error('refused: Authorization: Bearer abcdefgh12345678'), 'refused: Authorization: [redacted]'],
  [new Error('token abcdefgh12345678 is unknown'), '[redacted] is unknown'],
  [new TypeError('Headers: "Bearer s3cr3t" is invalid', { cause: { code: 'ECONNREFUSED' } }), 'ECONNREFUSED'],
  [new Error('two\nlines'), 'two lines'],
])('an error is shown without credentials, as one line: %s', async (error, message) => {
  const [result] = await examine([aCheck('any', () => Promise.reject(error))], subjectFor(1_000));

  expect(result).toMatchObject({ status: 'error', message, remedy: 'mend any' });
});

test('a part is asked for what it depends on, and before its start not for other processes', () => {
  const checks = [
    aCheck('cluster', async () => ok(''), { parts: ['worker', 'all'] }),
    aCheck('queues', async () => ok(''), { asksController: true }),
  ];
  const names = (part: 'api' | 'worker', beforeStart: boolean) =>
    selectChecks(checks, { part, beforeStart }).map(({ name }) => name);

  expect(names('worker', false)).toEqual(['cluster', 'queues']);
  expect(names('worker', true)).toEqual(['cluster']);
  expect(names('api', false)).toEqual(['queues']);
});
