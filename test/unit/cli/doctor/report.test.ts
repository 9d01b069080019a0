import type { Result } from '../../../../src/cli/doctor/examine';
import { asJson, asTable, isWell, summary } from '../../../../src/cli/doctor/report';

const RESULTS: readonly Result[] = [
  { check: 'temporal', status: 'ok', message: 'temporal:7233', remedy: null, durationMs: 3 },
  { check: 'hub', status: 'warning', message: 'a scope is missing', remedy: 'Give it.', durationMs: 5 },
  {
    check: 'permissions',
    status: 'error',
    message: 'may not create pods',
    remedy: 'Bind the role.',
    durationMs: 9,
  },
  { check: 'kinds', status: 'skipped', message: 'needs kubernetes', remedy: null, durationMs: 0 },
];

test('the table has a row for each check, and what to do below it', () => {
  expect(asTable(RESULTS)).toBe(
    [
      'temporal     ok       temporal:7233',
      'hub          warning  a scope is missing',
      '                      → Give it.',
      'permissions  ERROR    may not create pods',
      '                      → Bind the role.',
      'kinds        -        needs kubernetes',
    ].join('\n'),
  );
});

test('only errors keep a part from working', () => {
  expect(isWell(RESULTS)).toBe(false);
  expect(isWell(RESULTS.filter(({ status }) => status !== 'error'))).toBe(true);
  expect(summary(RESULTS, 'worker')).toBe('nublado worker cannot work so: 1 errors, 1 warnings');
  expect(summary(RESULTS.slice(0, 1), 'all')).toBe(
    'the controller has all that it needs: 0 errors, 0 warnings',
  );
});

test('programs get the same as one document', () => {
  expect(JSON.parse(asJson(RESULTS, 'worker'))).toEqual({ part: 'worker', isWell: false, checks: RESULTS });
});
