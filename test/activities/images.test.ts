import { createHash } from 'node:crypto';
import { json, status } from '../unit/kubernetes/scripted-server';
import { bare, text } from '../unit/registry/registries';
import { activityEnvironment } from './attempt';
import { aNode, digest, onNode, RefreshUnderTest } from './refresh-under-test';

let world: RefreshUnderTest;

beforeEach(async () => {
  world = await RefreshUnderTest.start();
  world.tags
    .set('w_2077_42', digest(2))
    .set('w_2077_43', digest(3))
    .set('recommended', digest(2))
    .set('w_2077_41', digest(1))
    .set('r23_0_0', digest(5));
  world.nodes = [aNode('node-2'), aNode('node-1', [onNode(digest(3), 300)])];
});

afterEach(() => world.close());

const asked = (path: string) => world.registry.requests.filter((request) => request.path.endsWith(path));

test('a refresh publishes tags in the order of the registry, and reads the digests of what is prepulled', async () => {
  const summary = await world.refresh();

  expect(world.published()).toMatchObject({ version: 1, registry: world.host, repository: 'lab/sketch' });
  expect(Object.entries(world.digests())).toEqual([
    ['w_2077_42', digest(2)],
    ['w_2077_43', digest(3)],
    ['recommended', digest(2)],
    ['w_2077_41', null],
    ['r23_0_0', digest(5)],
  ]);
  expect(asked('/manifests/w_2077_41')).toEqual([]);
  expect(summary).toEqual({ tags: 5, nodes: 2, missing: 5, isChanged: true });
  expect(world.state).toMatchObject({ refreshedAt: expect.any(String), failure: null });
});

test('what nodes lack is asked for: the recommended image on all of them first, then the order of menus', async () => {
  await world.refresh();

  expect(world.wanted).toEqual([
    [
      'w_2077_42 to node-1',
      'w_2077_42 to node-2',
      'r23_0_0 to node-1',
      'r23_0_0 to node-2',
      'w_2077_43 to node-2',
    ],
  ]);
});

test('where nothing is missing, earlier pull requests are withdrawn', async () => {
  world.nodes = [aNode('node-1', [onNode(digest(2)), onNode(digest(3)), onNode(digest(5))])];
  expect(await world.refresh()).toMatchObject({ missing: 0 });

  expect(world.wanted).toEqual([[]]);
});

test('a size that the registry does not have is that of a node', async () => {
  await world.refresh();

  const sizes = world.published().tags.map(({ tag, size }) => [tag, size]);
  expect(Object.fromEntries(sizes)).toMatchObject({ w_2077_43: 300, w_2077_42: null });
});

describe('an image counts as being on a node', () => {
  const on = (...names: string[]) => ({ names, sizeBytes: 5 });
  const lab = (end: string) => `${world.host}/lab/sketch${end}`;

  beforeEach(() => {
    world.tags.clear();
    world.tags.set('w_2077_43', digest(3));
  });

  test.each<[string, () => object]>([
    [
      'whose second digest is that of the tag',
      () => on(lab(`@${digest(9)}`), lab(`@${digest(3)}`), lab(':w_2077_43')),
    ],
    ['whose digest comes behind its tag', () => on(lab(':w_2077_43'), lab(`@${digest(3)}`))],
    ['of another name with the same digest', () => on(`mirror.example.org/lab@${digest(3)}`)],
    ['without digest, by its tag', () => on(lab(':w_2077_43'))],
  ])('an image counts as being on a node %s', async (_, image) => {
    world.nodes = [aNode('node-1', [image()])];

    expect(await world.refresh()).toMatchObject({ missing: 0 });
    expect(await world.refresh()).toMatchObject({ missing: 0, isChanged: false });
  });

  test('an image counts as being on a node but not by a tag that has moved since', async () => {
    world.nodes = [aNode('node-1', [on(lab(`@${digest(9)}`), lab(':w_2077_43'))])];

    expect(await world.refresh()).toMatchObject({ missing: 1 });
  });
});

test('what is stored beside images is not among them', async () => {
  const hex = 'ab'.repeat(32);
  for (const end of ['', '.sig', '.att', '.sbom']) world.tags.set(`sha256-${hex}${end}`, digest(8));
  await world.refresh();

  expect(Object.keys(world.digests())).toEqual([
    'w_2077_42',
    'w_2077_43',
    'recommended',
    'w_2077_41',
    'r23_0_0',
  ]);
});

describe('a repository of 200,000 tags', () => {
  const build = (index: number) => `build_${createHash('sha1').update(String(index)).digest('hex')}`;

  beforeEach(() => {
    const tags = [...world.tags.keys()];
    // However long that takes here.
    world.environment = activityEnvironment(600_000);
    const builds = Array.from({ length: 200_000 - tags.length }, (_, index) => build(index));
    world.answers.set('/tags/list', json(200, { tags: [...tags.slice(0, 2), ...builds, ...tags.slice(2)] }));
    world.images = { pin: [build(5)] };
    world.labImages.push(`${world.host}/lab/sketch:${build(7)}@${digest(6)}`, 'other.example.org/lab:x');
    world.tags.set(build(5), digest(4));
  });

  test('a repository of 200,000 tags is published with what menus, pins and running labs need, and the number left out', async () => {
    const { tags, leftOut } = await world.refresh();

    const published = Object.keys(world.digests());
    for (const tag of ['w_2077_42', 'w_2077_43', 'recommended', 'w_2077_41', 'r23_0_0', build(5), build(7)]) {
      expect(published).toContain(tag);
    }
    expect(published).toHaveLength(tags);
    expect(tags + (leftOut ?? 0)).toBe(200_000);
    expect(tags).toBeLessThan(11_000);
    expect(world.published().leftOut).toBe(leftOut);
    expect(JSON.stringify(world.state.published).length).toBeLessThan(2 ** 20);
    expect(world.refreshes.at(-1)?.notice).toContain(`has 200000 tags, of which ${leftOut} are not on offer`);
    expect(world.logged.join()).toContain('not on offer');
  });

  test('a repository of 200,000 tags is asked for no more digests than those of what is prepulled', async () => {
    await world.refresh();

    expect(world.registry.requests.filter(({ path }) => path.includes('/manifests/')).length).toBeLessThan(
      10,
    );
    expect(world.digests()).toMatchObject({ [build(5)]: digest(4), recommended: digest(2) });
  });

  test('a repository of 200,000 tags is the same with the next refresh', async () => {
    await world.refresh();

    expect(await world.refresh()).toMatchObject({ isChanged: false });
  });
});

describe('a second refresh', () => {
  beforeEach(() => world.refresh());

  test('a second refresh of unchanged content publishes only that it has worked, also where things come in another order', async () => {
    world.nodes = [aNode('node-1', [onNode(digest(3), 300)]), aNode('node-2')];

    expect(await world.refresh()).toMatchObject({ isChanged: false });
    expect(world.refreshes.at(-1)).toEqual({
      catalogue: null,
      refreshedAt: expect.any(String),
      failure: null,
    });
    expect(world.wanted).toHaveLength(2);
  });

  test('a second refresh publishes a tag that has moved', async () => {
    world.tags.set('recommended', digest(7));

    expect(await world.refresh()).toMatchObject({ isChanged: true });
    expect(world.digests()).toMatchObject({ recommended: digest(7), w_2077_42: digest(2) });
  });

  test.each([
    ['fails', bare(500)],
    ['is refused', bare(429, { 'retry-after': '7' })],
    ['makes no sense', bare(400)],
    ['has no digest', bare(200)],
  ])(
    'a second refresh keeps the digest of a tag whose reading %s, and reads the others',
    async (_, answer) => {
      world.tags.set('recommended', digest(7)).set('w_2077_43', digest(8));
      world.answers.set('/manifests/recommended', answer);

      expect(await world.refresh()).toMatchObject({ isChanged: true });
      expect(world.digests()).toMatchObject({ recommended: digest(2), w_2077_43: digest(8) });
      expect(world.state.failure).toBeNull();
      expect(world.logged.join()).toContain('"tag":"recommended"');
    },
  );

  test('a second refresh drops the digest of a tag that has gone since the list was made', async () => {
    world.answers.set('/manifests/recommended', bare(404));
    await world.refresh();

    expect(world.digests()).toMatchObject({ recommended: null, w_2077_42: digest(2) });
  });

  test('a second refresh of another repository drops the digests of the first', async () => {
    world.repository = 'lab/other';
    world.answers.set('/manifests/recommended', bare(500));
    await world.refresh();

    expect(world.published().repository).toBe('lab/other');
    expect(world.digests()).toMatchObject({ recommended: null, w_2077_42: digest(2) });
  });

  test.each([
    ['is away', bare(503), { nonRetryable: false }],
    ['asks for patience', bare(429, { 'retry-after': '7' }), { nonRetryable: false, nextRetryDelay: 7_000 }],
    ['has no such repository', bare(404), { nonRetryable: true }],
    ['wants credentials', bare(403), { nonRetryable: true }],
    ['answers nonsense', text('<html>'), { nonRetryable: true }],
  ])(
    'a second refresh when the registry %s publishes why, and what was known stays',
    async (_, answer, failure) => {
      const known = world.published();
      const { refreshedAt } = world.state;
      world.answers.set('/tags/list', answer);
      await expect(world.refresh()).rejects.toMatchObject({ type: 'RegistryFailed', ...failure });

      expect(world.published()).toEqual(known);
      expect(world.state).toMatchObject({
        refreshedAt,
        failure: expect.stringContaining(`Docker registry ${world.host}`),
      });
      expect(world.wanted).toHaveLength(1);
    },
  );

  test('a second refresh that gets no digest at all has failed', async () => {
    world.answers.set('/tags/list', json(200, { tags: ['recommended', 'r23_0_0'] }));
    for (const tag of ['recommended', 'r23_0_0']) world.answers.set(`/manifests/${tag}`, bare(503));
    await expect(world.refresh()).rejects.toMatchObject({ type: 'RegistryFailed', nonRetryable: false });

    expect(world.digests()).toMatchObject({ recommended: digest(2), w_2077_43: digest(3) });
  });

  test('a second refresh while the cluster is away publishes why, and what was known stays', async () => {
    const known = world.published();
    world.clusterAnswer = status(503, 'ServiceUnavailable');
    await expect(world.refresh()).rejects.toMatchObject({
      type: 'KubernetesUnavailable',
      nonRetryable: false,
    });

    expect(world.published()).toEqual(known);
    expect(world.state.failure).toEqual(expect.any(String));
    expect(world.wanted).toHaveLength(1);
  });

  test('a second refresh that works again takes the failure back', async () => {
    world.answers.set('/tags/list', bare(503));
    await world.refresh().catch(() => undefined);
    world.answers.clear();
    await world.refresh();

    expect(world.state.failure).toBeNull();
  });

  test('a second refresh that takes too long publishes that in time', async () => {
    world.answers.set('/tags/list', () => undefined);
    world.environment = activityEnvironment(1_000);
    await expect(world.refresh()).rejects.toThrow('within 1 s');

    expect(world.state).toMatchObject({ failure: 'The registry has not told everything within 1 s' });
    expect(world.digests()).toMatchObject({ recommended: digest(2) });
  });

  test('a second refresh that cannot signal prepulling is a refresh nevertheless', async () => {
    world.prepullingFailure = new Error('Temporal is away');
    await expect(world.refresh()).rejects.toThrow('Temporal is away');

    expect(world.refreshes).toHaveLength(2);
    expect(world.state.failure).toBeNull();
  });

  test('a second refresh replaces what it cannot understand, as of another version', async () => {
    world.state = { published: { id: 'later', data: 'bm8gemlw' }, refreshedAt: null, failure: null };
    await world.refresh();

    expect(world.digests()).toMatchObject({ recommended: digest(2) });
    expect(world.logged.join()).toContain('cannot be understood');
  });

  test('a second refresh that is cancelled ends at once and publishes nothing', async () => {
    const isAsked = new Promise<void>((resolve) => {
      world.answers.set('/tags/list', () => resolve());
    });
    const refresh = world.refresh().catch((error: unknown) => error);
    await isAsked;
    world.environment.cancel('CANCELLED');

    expect(await refresh).toMatchObject({ name: 'CancelledFailure' });
    expect(world.refreshes).toHaveLength(1);
  });
});

test('of nodes, those that the selector of labs allows are asked for', async () => {
  world.lab = { nodeSelector: { pool: 'labs', zone: 'a' } };
  await world.refresh();

  expect(world.cluster.requests.map(({ path, query }) => [path, query])).toEqual([
    ['/api/v1/nodes', { labelSelector: 'pool=labs,zone=a' }],
  ]);
});

test('a node that labs cannot use is shown with the reason, and pulls nothing', async () => {
  const taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
  world.nodes = [
    aNode('tainted', [], { spec: { taints: [taint] } }),
    aNode('tolerated', [], { spec: { taints: [{ ...taint, key: 'labs' }] } }),
    aNode('broken', [], { ready: 'False' }),
    aNode('cordoned', [], { spec: { unschedulable: true } }),
  ];
  world.lab = { tolerations: [{ key: 'labs', operator: 'Exists' }] };
  await world.refresh();

  expect(world.published().nodes.map(({ name, isEligible, comment }) => [name, isEligible, comment])).toEqual(
    [
      ['broken', false, 'Node is not ready'],
      ['cordoned', false, 'Node is tainted (NoSchedule, node.kubernetes.io/unschedulable)'],
      ['tainted', false, 'Node is tainted (NoSchedule, gpu = yes)'],
      ['tolerated', true, null],
    ],
  );
  expect(new Set(world.wanted.flat().map((pull) => pull.split(' to ')[1]))).toEqual(new Set(['tolerated']));
});

test('of what a node has, known images count; those without names, or of others, do not', async () => {
  const images = [
    { sizeBytes: 5 },
    { names: null },
    { names: ['x:1'] },
    onNode(digest(9)),
    onNode(digest(3)),
  ];
  world.nodes = [aNode('node-1', images), aNode('node-2')];
  await world.refresh();

  expect(world.published().nodes).toMatchObject([
    { name: 'node-1', digests: [digest(3)] },
    { name: 'node-2', digests: [] },
  ]);
});

test('a missing recommended tag is reported to operators', async () => {
  world.images = { recommendedTag: 'nowhere' };
  await world.refresh();

  expect(world.logged.map((line) => JSON.parse(line))).toMatchObject([
    { tag: 'nowhere', problem: 'unknown-tag', msg: 'no recommended image' },
  ]);
});
