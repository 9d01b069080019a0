import { ApiRefusal, type CanaryEvent, type LabApi } from '../../../../src/cli/canary/api';
import { runCanaryLab } from '../../../../src/cli/canary/canary';

const event = (id: string, type: string, message: string): CanaryEvent => ({ id, type, message });

/** An API of scripted streams, each of which may end by an error; it notes what it is asked. */
function anApi(
  streams: readonly (readonly (CanaryEvent | Error)[])[],
  create: () => Promise<void> = async () => {},
  hasLab = false,
) {
  const calls: string[] = [];
  const left = [...streams];
  const api: LabApi = {
    async exists() {
      calls.push('exists');
      return hasLab;
    },
    create(options) {
      calls.push(`create ${JSON.stringify(options)}`);
      return create();
    },
    async *follow(lastEventId) {
      calls.push(`follow ${lastEventId}`);
      for (const item of left.shift() ?? []) {
        if (item instanceof Error) throw item;
        yield item;
      }
    },
    async remove() {
      calls.push('remove');
    },
  };
  return { api, calls };
}

const flight = (signal = AbortSignal.timeout(60_000)) => {
  const progress: string[] = [];
  return {
    progress,
    options: { options: { size: 'small' }, onProgress: (line: string) => progress.push(line), signal },
  };
};

test('a lab is asked for, followed until it is ready, and removed', async () => {
  const { api, calls } = anApi([
    [event('1', 'info', 'Starting'), event('2', 'ping', ''), event('3', 'complete', 'Ready')],
  ]);
  const { options, progress } = flight();

  const times = await runCanaryLab(api, options);

  expect(calls).toEqual(['exists', 'create {"size":"small"}', 'follow null', 'remove']);
  expect(progress).toEqual(['Starting', 'Ready']);
  expect(times.readyMs).toBeGreaterThanOrEqual(times.acceptedMs);
});

test('a stream that is cut is taken up after its last event', async () => {
  const { api, calls } = anApi([
    [event('1', 'info', 'Starting'), new Error('reset')],
    [new ApiRefusal(503, 'status 503', true)],
    [event('2', 'complete', 'Ready')],
  ]);
  const { options, progress } = flight();

  await runCanaryLab(api, options);

  expect(calls).toEqual([
    'exists',
    'create {"size":"small"}',
    'follow null',
    'follow 1',
    'follow 1',
    'remove',
  ]);
  expect(progress.at(-1)).toBe('Ready');
});

test('a lab that fails is removed, and its reason is said', async () => {
  const { api, calls } = anApi([[event('1', 'failed', 'No node has room')]]);

  await expect(runCanaryLab(api, flight().options)).rejects.toThrow('The lab has failed: No node has room');
  expect(calls.at(-1)).toBe('remove');
});

test('a lab that is not ready in time is removed', async () => {
  const { api, calls } = anApi([]);

  await expect(runCanaryLab(api, flight(AbortSignal.timeout(20)).options)).rejects.toThrow(
    'not ready in time',
  );
  expect(calls.at(-1)).toBe('remove');
});

test.each([
  [409, /is left alone/],
  [403, /token of this user/],
  [404, /base URL/],
  [503, /nublado doctor --part api/],
])('a request that is answered %d is no lab, and none is removed', async (status, advice) => {
  const { api, calls } = anApi([], () => Promise.reject(new ApiRefusal(status, `status ${status}`, true)));

  await expect(runCanaryLab(api, flight().options)).rejects.toThrow(advice);
  expect(calls).toEqual(['exists', 'create {"size":"small"}']);
});

test('a lab that is there is left alone', async () => {
  const { api, calls } = anApi([], undefined, true);

  await expect(runCanaryLab(api, flight().options)).rejects.toThrow(/is left alone/);
  expect(calls).toEqual(['exists']);
});
