import { withRetries } from '../../../../src/cli/images/repository';
import { RegistryError, type RegistryProblem } from '../../../../src/registry/errors';

const failure = (problem: RegistryProblem) =>
  new RegistryError(`the registry says ${problem}`, {
    problem,
    host: 'registry.example.com',
    retryAfterMs: 1,
  });

/** Work that fails with each of the errors before it works, and counts how often it was begun. */
function work(...errors: readonly Error[]) {
  let begun = 0;
  const attempt = async () => {
    begun += 1;
    const error = errors[begun - 1];
    if (error) throw error;
    return 'done';
  };
  return { attempt, begun: () => begun };
}

let notes: jest.SpyInstance;

beforeEach(() => {
  notes = jest.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => notes.mockRestore());

test('the delay that a registry requests is kept, and the reason is printed', async () => {
  const { attempt, begun } = work(failure('rateLimited'), failure('unavailable'));

  expect(await withRetries(attempt)).toBe('done');
  expect(begun()).toBe(3);
  expect(notes.mock.calls).toEqual([
    ['note: the registry says rateLimited; trying again in 1 s'],
    ['note: the registry says unavailable; trying again in 1 s'],
  ]);
});

test('one that is away for long is given up', async () => {
  const { attempt, begun } = work(...Array.from({ length: 9 }, () => failure('unavailable')));

  await expect(withRetries(attempt)).rejects.toThrow('the registry says unavailable');
  expect(begun()).toBe(5);
});

test.each([
  ['wrong credentials', failure('unauthorized')],
  ['a certificate that is not trusted', failure('untrusted')],
  ['a bug', new Error('a bug')],
])('%s is thrown at once', async (_what, error) => {
  const { attempt, begun } = work(error);

  await expect(withRetries(attempt)).rejects.toBe(error);
  expect(begun()).toBe(1);
});
