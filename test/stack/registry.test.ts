import { randomBytes } from 'node:crypto';
import { concurrently } from '../../src/activities/concurrently';
import { createDockerRegistry, type DockerRegistryOptions } from '../../src/registry/docker/client';
import { DockerCredentials } from '../../src/registry/docker/credentials';
import { RegistryError } from '../../src/registry/errors';
import type { RegistryDescription } from '../../stack/description';
import { pushImages } from '../../stack/registry/push';
import { type OwnStack, startStack } from '../../stack/start';
import { eventually } from '../support/eventually';
import { type PagingProxy, startPagingProxy } from './paging-proxy';

const LABS = 'sciplat/lab';

const labs = Array.from({ length: 300 }, (_, index) => ({
  tag: `w_${2071 + Math.floor(index / 52)}_${String((index % 52) + 1).padStart(2, '0')}`,
  content: `week ${index}`,
}));
const aliases = [
  { tag: 'recommended', content: 'week 299' },
  { tag: 'latest_weekly', content: 'week 299' },
];
const other = Array.from({ length: 20 }, (_, index) => ({ tag: `v${index}`, content: `other ${index}` }));

let stack: OwnStack;
let registry: RegistryDescription;
let digests: ReadonlyMap<string, string>;

beforeAll(async () => {
  const name = `registry-${randomBytes(4).toString('hex')}`;
  stack = await startStack({
    name,
    registry: true,
    progress: (line) => process.stderr.write(`stack: ${line}\n`),
  });
  if (!stack.registry) throw new Error('the stack has no registry');
  ({ registry } = stack);
  digests = await pushImages(registry.openHost, LABS, [...labs, ...aliases]);
  await pushImages(registry.openHost, 'other', other);
}, 300_000);

afterAll(() => stack.stop());

const as = (user: string, password = registry.password) => new DockerCredentials(user, password);

/** A client, and how often it asked whom. */
function clientOf(host: string, options: Partial<DockerRegistryOptions> = {}) {
  const asked: string[] = [];
  const fetch = (url: string, init: RequestInit) => {
    asked.push(new URL(url).host);
    return globalThis.fetch(url, init);
  };
  const client = createDockerRegistry({
    registry: host,
    repository: LABS,
    credentials: null,
    allowedAuthRealms: [registry.tokenServiceHost],
    timeoutMs: 10_000,
    plainHttp: true,
    fetch,
    ...options,
  });
  const tokens = () => asked.filter((each) => each === registry.tokenServiceHost).length;
  return { client, tokens };
}

const everyTag = () => [...labs, ...aliases].map(({ tag }) => tag).toSorted();

describe('pages', () => {
  let proxy: PagingProxy;

  beforeAll(async () => {
    proxy = await startPagingProxy(registry.openHost);
  });
  afterAll(() => proxy.close());

  test('pages of fifty tags give all of them, and those of no other repository', async () => {
    const { client } = clientOf(proxy.host, { pageSize: 50 });

    expect((await client.listTags()).toSorted()).toEqual(everyTag());
    expect(proxy.pages()).toBe(7);
  });
});

test('every tag has the digest that was pushed, and aliases share theirs', async () => {
  const { client } = clientOf(registry.openHost);
  const tags = await client.listTags();

  const found = await concurrently(tags, async (tag) => [tag, await client.digestOf(tag)] as const);

  expect(new Map(found)).toEqual(new Map([...digests].map((entry) => entry)));
  expect(digests.get('recommended')).toBe(digests.get('latest_weekly'));
  expect(new Set(digests.values()).size).toBe(300);
});

test('a repository that does not exist has its own error', async () => {
  const { client } = clientOf(registry.openHost, { repository: 'nothing/here' });

  await expect(client.listTags()).rejects.toMatchObject({ problem: 'notFound' });
  await expect(clientOf(registry.openHost).client.digestOf('nothing')).resolves.toBeNull();
});

describe('HTTP Basic', () => {
  test('HTTP Basic lets the user in, and no other caller', async () => {
    const list = (credentials: DockerCredentials | null) =>
      clientOf(registry.passwordHost, { credentials }).client.listTags();

    expect((await list(as(registry.user))).toSorted()).toEqual(everyTag());
    for (const credentials of [null, as(registry.user, 'wrong'), as('nobody')]) {
      await expect(list(credentials)).rejects.toMatchObject({ problem: 'unauthorized', status: 401 });
    }
  });
});

describe('tokens', () => {
  test('tokens are asked for once and used for everything', async () => {
    const { client, tokens } = clientOf(registry.tokenHost, { credentials: as(registry.user) });

    const tags = await client.listTags();
    await concurrently(tags.slice(0, 30), (tag) => client.digestOf(tag));

    expect(tags).toHaveLength(302);
    expect(tokens()).toBe(1);
  });

  test('tokens are given to those without credentials too, for reading', async () => {
    const { client } = clientOf(registry.tokenHost);

    expect(await client.listTags()).toHaveLength(302);
    await expect(client.deleteManifest(digests.get('w_2071_01') ?? '')).rejects.toMatchObject({
      problem: 'unauthorized',
    });
    expect(await client.digestOf('w_2071_01')).toBe(digests.get('w_2071_01'));
  });

  test('tokens are refused with a wrong password', async () => {
    const { client } = clientOf(registry.tokenHost, { credentials: as(registry.user, 'wrong') });

    const failure: unknown = await client.listTags().catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(RegistryError);
    expect(failure).toMatchObject({ problem: 'unauthorized' });
    expect(String(failure)).toContain('refused the user or password');
  });

  test.each([
    ['have expired by what the token service says', 'brief'],
    ['are refused by the registry although they should still live', 'overstated'],
  ])('tokens are renewed when they %s', async (_what, user) => {
    const { client, tokens } = clientOf(registry.tokenHost, { credentials: as(user) });

    await eventually(
      async () => {
        expect(await client.listTags()).toHaveLength(302);
        return tokens();
      },
      (count) => count >= 2,
    );
  });

  test('tokens are not asked for at a service that the operator has not allowed', async () => {
    const { client, tokens } = clientOf(registry.tokenHost, {
      credentials: as(registry.user),
      allowedAuthRealms: undefined,
    });

    await expect(client.listTags()).rejects.toThrow(
      `Docker registry ${registry.tokenHost} asked for authentication at disallowed ${registry.tokenServiceHost}`,
    );
    expect(tokens()).toBe(0);
  });
});

test('a deletion takes every tag of the manifest with it, and is no error when repeated', async () => {
  const repository = 'to-delete';
  const pushed = await pushImages(registry.openHost, repository, [
    { tag: 'd_2077_10_21', content: 'old' },
    { tag: 'd_2077_10_22', content: 'new' },
    { tag: 'latest_daily', content: 'new' },
  ]);
  const digest = pushed.get('latest_daily') ?? '';
  const { client, tokens } = clientOf(registry.tokenHost, { repository, credentials: as(registry.user) });
  expect(await client.listTags()).toHaveLength(3);

  expect(await client.deleteManifest(digest)).toBe(true);
  expect(await client.deleteManifest(digest)).toBe(false);

  expect(await client.listTags()).toEqual(['d_2077_10_21']);
  expect([await client.hasManifest(digest), await client.digestOf('d_2077_10_22')]).toEqual([false, null]);
  expect(tokens()).toBe(2);
});

test('a registry that is unavailable has its own error until it is back', async () => {
  const { client } = clientOf(registry.openHost);
  await stack.kill('registry');
  await expect(client.listTags()).rejects.toMatchObject({ problem: 'unavailable', isTemporary: true });

  await stack.revive('registry');
  const tags = await eventually(
    () => client.listTags().catch(() => []),
    ({ length }) => length > 0,
  );
  expect(tags).toHaveLength(302);
});
