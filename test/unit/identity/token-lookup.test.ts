import { rememberedByToken } from '../../../src/identity/token-lookup';

const OPTIONS = { userInfoCacheMs: 300_000, userInfoCacheSize: 10 };

test('a cache time of zero remembers nothing', async () => {
  const asked: string[] = [];
  const request = async (token: string) => ({ count: asked.push(token) });
  const lookup = rememberedByToken(request, { ...OPTIONS, userInfoCacheMs: 0 });

  await lookup('a');

  expect(await lookup('a')).toEqual({ count: 2 });
});

test('of concurrent lookups all fail with the failure of their one request, and the next one asks again', async () => {
  const failure = new Error('away');
  const asked: string[] = [];
  const request = async (token: string) => {
    if (asked.push(token) === 1) throw failure;
    return { token };
  };
  const lookup = rememberedByToken(request, OPTIONS);

  const outcomes = await Promise.allSettled([lookup('a'), lookup('a')]);

  expect(outcomes).toEqual([
    { status: 'rejected', reason: failure },
    { status: 'rejected', reason: failure },
  ]);
  expect(await lookup('a')).toEqual({ token: 'a' });
});
