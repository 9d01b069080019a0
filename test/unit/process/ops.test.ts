import { pino } from 'pino';
import { buildOps } from '../../../src/process/ops';
import type { ReadinessChecks } from '../../../src/process/run';

async function readiness(checks: ReadinessChecks) {
  const ops = await buildOps({
    logger: pino({ enabled: false }),
    checks,
    notes: () => ({}),
    metrics: { contentType: 'text/plain', metrics: async () => '' },
  });
  const answer = await ops.inject('/readyz');
  await ops.close();
  return { code: answer.statusCode, ...answer.json<{ checks: object }>() };
}

test('a check that throws at once has failed, and leaves no rejection that would end the process', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on('unhandledRejection', note);
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  const throwing = () => {
    throw new Error('not even a promise');
  };
  const { code, checks } = await readiness({ broken: throwing, temporal: async () => undefined });
  await jest.advanceTimersByTimeAsync(60_000);
  jest.useRealTimers();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);

  expect(code).toBe(503);
  expect(checks).toEqual({ broken: 'failed', temporal: 'ok' });
  expect(unhandled).toEqual([]);
});
