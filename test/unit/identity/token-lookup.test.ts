import { DomainError } from '../../../src/domain/errors';
import { cachedByToken } from '../../../src/identity/token-lookup';
import { eventually } from '../../support/eventually';

const OPTIONS = { userInfoCacheMs: 300_000, userInfoCacheSize: 10 };

test('a cache time of zero caches nothing', async () => {
  const asked: string[] = [];
  const request = async (token: string) => ({ count: asked.push(token) });
  const lookup = cachedByToken(request, { ...OPTIONS, userInfoCacheMs: 0 });

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
  const lookup = cachedByToken(request, OPTIONS);

  const outcomes = await Promise.allSettled([lookup('a'), lookup('a')]);

  expect(outcomes).toEqual([
    { status: 'rejected', reason: failure },
    { status: 'rejected', reason: failure },
  ]);
  expect(await lookup('a')).toEqual({ token: 'a' });
});

describe('an invalid token', () => {
  const invalid = new DomainError('invalid_token', 'Token is invalid');

  test('an invalid token is looked up once in a while', async () => {
    let lookups = 0;
    const lookup = cachedByToken(
      async () => {
        lookups += 1;
        throw invalid;
      },
      { ...OPTIONS, invalidMs: 20 },
    );

    await expect(lookup('a')).rejects.toBe(invalid);
    await expect(lookup('a')).rejects.toBe(invalid);
    expect([lookups, lookup.remembers('b')]).toEqual([1, false]);
    await eventually(
      async () => lookup.remembers('a'),
      (isRemembered) => !isRemembered,
    );
    await expect(lookup('a')).rejects.toBe(invalid);
    expect(lookups).toBe(2);
  });

  test('a token that was valid is recorded as such until it is found to be invalid, also without a cache', async () => {
    let isValid = true;
    const lookup = cachedByToken(
      async () => {
        if (!isValid) throw invalid;
        return {};
      },
      { ...OPTIONS, userInfoCacheMs: 0 },
    );

    await lookup('a');
    expect([lookup.remembers('a'), lookup.remembers('b')]).toEqual([true, false]);
    isValid = false;
    await expect(lookup('a')).rejects.toBe(invalid);
    expect(lookup.remembers('a')).toBe(false);
  });

  test('an invalid token does not push valid ones out, however many there are', async () => {
    const lookup = cachedByToken(async (token) => {
      if (token !== 'valid') throw invalid;
      return {};
    }, OPTIONS);

    await lookup('valid');
    await Promise.allSettled(Array.from({ length: 100 }, (_, index) => lookup(`invalid-${index}`)));

    expect(lookup.remembers('valid')).toBe(true);
  });
});

describe('lookups under way', () => {
  /** Lookups that a test answers one by one. */
  function asking(tokenLookups: number, userInfoCacheMs = OPTIONS.userInfoCacheMs) {
    const asked: string[] = [];
    const open: PromiseWithResolvers<object>[] = [];
    let most = 0;
    let now = 0;
    const lookup = cachedByToken(
      async (token) => {
        asked.push(token);
        now += 1;
        most = Math.max(most, now);
        const answer = Promise.withResolvers<object>();
        open.push(answer);
        return answer.promise.finally(() => {
          now -= 1;
        });
      },
      { userInfoCacheMs, userInfoCacheSize: 1000, tokenLookups },
    );
    const opened = async (index: number) => {
      await eventually(
        async () => open.length,
        (length) => length > index,
      );
      return open[index];
    };
    return { lookup, opened, asked, most: () => most };
  }

  test('lookups under way are bounded; as many users as log in at once wait for their turn, and all are answered', async () => {
    const { lookup, opened, most } = asking(5);
    const answers = Array.from({ length: 300 }, (_, index) => lookup(`token-${index}`));
    for (const [index] of answers.entries()) {
      (await opened(index))?.resolve({});
      await new Promise(setImmediate);
    }

    expect(await Promise.all(answers)).toHaveLength(300);
    expect(most()).toBe(5);
  });

  test('a failed lookup makes room for the next', async () => {
    const { lookup, opened } = asking(1);
    const [first, second] = [lookup('a'), lookup('b')];
    (await opened(0))?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    (await opened(1))?.resolve({});

    await expect(second).resolves.toEqual({});
  });

  test('lookups under way of one address do not delay those of another, nor tokens that were valid lately', async () => {
    const { lookup, opened, asked } = asking(1, 0);
    const known = lookup('known', 'flooding');
    (await opened(0))?.resolve({});
    await known;

    const flood = Array.from({ length: 101 }, (_, index) => lookup(`flood-${index}`, 'flooding'));
    await expect(lookup('one more', 'flooding')).rejects.toMatchObject({ limit: 'token_lookups' });
    const others = [lookup('other', 'another'), lookup('known', 'flooding')];
    for (let index = 1; index <= 103; index += 1) {
      (await opened(index))?.resolve({});
      await new Promise(setImmediate);
    }

    await Promise.all([...flood, ...others]);
    expect(asked.slice(1, 6)).toEqual(['flood-0', 'flood-1', 'other', 'known', 'flood-2']);
  });

  test('lookups under way are refused once too many wait', async () => {
    const { lookup, opened } = asking(1);
    const waiting = Array.from({ length: 101 }, (_, index) => lookup(`token-${index}`));
    await expect(lookup('one more')).rejects.toMatchObject({ code: 'overloaded', limit: 'token_lookups' });
    for (const [index] of waiting.entries()) {
      (await opened(index))?.resolve({});
      await new Promise(setImmediate);
    }

    expect(await Promise.all(waiting)).toHaveLength(101);
  });
});
