import { closeServices } from '../../../src/process/run';

const logger = { error: jest.fn() };

beforeEach(() => logger.error.mockClear());

test('services are closed at the same time, the first of the list first', async () => {
  const begun: string[] = [];
  const allBegun = Promise.withResolvers<void>();
  const aService = (name: string) => ({
    name,
    async close() {
      begun.push(name);
      if (begun.length === 3) allBegun.resolve();
      // None of them ends before all have begun to.
      await allBegun.promise;
    },
  });

  expect(await closeServices(['api', 'worker', 'watcher'].map(aService), logger)).toBe(true);
  expect(begun).toEqual(['api', 'worker', 'watcher']);
});

test('a service that cannot stop in good order is logged, and keeps no other from it', async () => {
  const stopped: string[] = [];
  const broken = { name: 'broken', close: () => Promise.reject(new Error('stuck')) };
  const other = { name: 'other', close: async () => void stopped.push('other') };

  expect(await closeServices([broken, other], logger)).toBe(false);
  expect(stopped).toEqual(['other']);
  expect(logger.error).toHaveBeenCalledWith(
    expect.objectContaining({ service: 'broken' }),
    expect.stringContaining('could not stop'),
  );
});
