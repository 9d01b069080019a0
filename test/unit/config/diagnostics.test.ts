import { ConfigError, diagnosticOf, throwingConfigErrors } from '../../../src/config/diagnostics';
import { problemsIn } from './sample-documents';

const failing = (error: unknown) => () => {
  throw error;
};

test.each([
  ['RangeError', new RangeError('Maximum call stack size exceeded')],
  ['TypeError', new TypeError('hunter2 is not a function')],
  ['string', 'hunter2'],
])('a %s that a rule throws is a problem of the whole file, whose text is not shown', (kind, error) => {
  expect(problemsIn(() => throwingConfigErrors(failing(error)))).toEqual([
    `(file): cannot be checked, since a rule fails for it (${kind})`,
  ]);
});

test('problems that a check has found stay as they are', () => {
  const problem = diagnosticOf('error', {
    path: ['lab'],
    rule: 'missing',
    message: 'is required',
    remedy: 'Add it.',
  });
  const error = new ConfigError([problem]);

  expect(() => throwingConfigErrors(failing(error))).toThrow(error);
  expect(throwingConfigErrors(() => 'checked')).toBe('checked');
});
