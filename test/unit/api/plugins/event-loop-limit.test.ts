import { aWorld, headersOf, SETTINGS, type World } from '../fakes';

/** What the event loop is said to be late by, on average since the last sample, in milliseconds. */
let mockDelayMs: number;

/** Intervals of the histogram are 10 ms apart, which counts as no delay. */
jest.mock('node:perf_hooks', () => ({
  ...jest.requireActual('node:perf_hooks'),
  monitorEventLoopDelay: () => ({
    enable: () => undefined,
    reset: () => undefined,
    get mean() {
      return (10 + mockDelayMs) * 1e6;
    },
  }),
}));

const LIMIT_MS = 20;
const STATUS = '/nublado/spawner/v1/user-status';

let world: World;

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance'] });
  mockDelayMs = 0;
  world = await aWorld({
    settings: { ...SETTINGS, limits: { ...SETTINGS.limits, eventLoopDelayMs: LIMIT_MS } },
  });
});

afterEach(async () => {
  await world.app.close();
  jest.useRealTimers();
});

/** Lets one sample be taken, during which the event loop was late by so much. */
function sample(delayMs: number): void {
  mockDelayMs = delayMs;
  jest.advanceTimersByTime(2 * LIMIT_MS);
}

const get = (url: string) => world.app.inject({ url, headers: headersOf('rachel') });

test('a single long turn of the event loop, as at a start, has nothing refused', async () => {
  sample(500);
  const during = await get(STATUS);
  sample(0);

  expect([during.statusCode, (await get(STATUS)).statusCode]).toEqual([404, 404]);
});

test('while the event loop stays late, all but probes are refused', async () => {
  sample(LIMIT_MS + 1);
  sample(LIMIT_MS + 1);
  const refused = await get(STATUS);
  const probe = await get('/healthz');
  sample(LIMIT_MS);
  const later = await get(STATUS);

  expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toEqual([
    503,
    '5',
    { detail: [{ msg: 'The service is overloaded', type: 'overloaded' }] },
  ]);
  expect([probe.statusCode, later.statusCode]).toEqual([200, 404]);
});
