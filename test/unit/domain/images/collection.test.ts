import * as fc from 'fast-check';
import {
  collectionOf,
  hideAliased,
  hideResolvedAliases,
  type ImageCollection,
  onePerDigest,
} from '../../../../src/domain/images/collection';
import { knownImages } from '../../../../src/domain/images/known-images';
import { aCatalogue, aNode, imageDefaults } from '../../../support/image-catalogue';
import { anyTag } from '../../../support/tags';

type Digests = Readonly<Record<string, string | null>>;
type Settings = Partial<Parameters<typeof knownImages>[1]>;

const collected = (digests: Digests, settings: Settings = {}) =>
  knownImages(aCatalogue(digests), { ...imageDefaults, source: { type: 'google' }, ...settings });

const tagsOf = (images: ImageCollection['images']) => images.map(({ tag }) => tag);
const nameOf = (collection: ImageCollection, tag: string) => collection.byTag.get(tag)?.displayName;

test.each([
  ['recommended', 'w_2077_43_c0050.002', 'Recommended (Weekly 2077_43, SAL Cycle 0050, Build 002)'],
  ['latest', 'r21_0_2_rsp64_stuff-amd64', 'Latest (Release r21.0.2, RSP Build 64 [stuff]) [amd64]'],
  ['latest-arm64', 'w_2077_43-amd64', 'Latest (Weekly 2077_43 [amd64]) [arm64]'],
  ['latest_daily', 'd_2077_10_23', 'Latest Daily (Daily 2077_10_23)'],
  ['recommended_c0049', 'w_2077_43', 'Recommended (Weekly 2077_43)'],
])('%s that stands for %s is shown as "%s"', (alias, target, name) => {
  expect(nameOf(collected({ [alias]: 'sha256:1', [target]: 'sha256:1' }), alias)).toBe(name);
});

test('an alias gets the fields of its target that it lacks', () => {
  const { byTag } = collected({
    'recommended_c0049-arm64': 'sha256:1',
    'w_2077_43_c0050.002-amd64': 'sha256:1',
  });
  expect(byTag.get('recommended_c0049-arm64')).toMatchObject({
    type: 'Alias',
    aliasTarget: 'w_2077_43_c0050.002-amd64',
    cycle: 50,
    architecture: 'arm64',
    date: '2077-10-28',
  });
});

test('all tags of a digest know each other', () => {
  const { byTag } = collected({
    latest: 'sha256:1',
    w_2077_43: 'sha256:1',
    recommended: 'sha256:1',
    d_2077_10_23: 'sha256:1',
    w_2077_42: 'sha256:2',
  });
  expect(byTag.get('latest')?.aliases).toEqual(['d_2077_10_23', 'recommended', 'w_2077_43']);
  expect(byTag.get('w_2077_43')?.aliases).toEqual(['d_2077_10_23', 'latest', 'recommended']);
  expect(byTag.get('d_2077_10_23')?.aliases).toEqual(['latest', 'recommended', 'w_2077_43']);
  expect(byTag.get('w_2077_42')?.aliases).toEqual([]);
});

test('of several concrete images of a digest the first of the source is what aliases stand for', () => {
  const collection = collected({
    latest: 'sha256:1',
    d_2077_10_23: 'sha256:1',
    w_2077_43: 'sha256:1',
  });
  expect(collection.byTag.get('latest')?.aliasTarget).toBe('d_2077_10_23');
  expect(collection.byDigest.get('sha256:1')?.tag).toBe('d_2077_10_23');
});

test('an unknown tag that turns out to be an alias is listed among the aliases', () => {
  expect(tagsOf(collected({ w_2077_43: 'sha256:1', latest: 'sha256:1', other: 'sha256:2' }).images)).toEqual([
    'latest',
    'w_2077_43',
    'other',
  ]);
});

test('tags that stand for no concrete image stay what they are, and are found by their digest', () => {
  const collection = collected({ latest: 'sha256:1', recommended: 'sha256:1' });
  expect(collection.byDigest.get('sha256:1')).toMatchObject({
    tag: 'latest',
    type: 'Unknown',
    displayName: 'latest',
    aliases: ['recommended'],
    aliasTarget: null,
  });
});

test('images without a known digest are no alias of another', () => {
  const { images, byDigest } = collected({ latest: null, w_2077_43: null });
  expect(images.map(({ aliases, aliasTarget }) => [aliases, aliasTarget])).toEqual([
    [[], null],
    [[], null],
  ]);
  expect([...byDigest]).toEqual([]);
});

test('aliases are found by name in Docker registries, in others by the digest alone', () => {
  const digests = { recommended: null, nightly: null, latest: null };
  const settings = { recommendedTag: 'recommended', aliasTags: ['nightly'] };
  const types = (type: 'docker' | 'google') =>
    collected(digests, { ...settings, source: { type } }).images.map(({ tag, type }) => [tag, type]);
  expect(types('docker')).toEqual([
    ['recommended', 'Alias'],
    ['nightly', 'Alias'],
    ['latest', 'Unknown'],
  ]);
  expect(types('google')).toEqual([
    ['recommended', 'Unknown'],
    ['nightly', 'Unknown'],
    ['latest', 'Unknown'],
  ]);
});

test('images of other cycles are left out before aliases are resolved', () => {
  const digests = {
    recommended: 'sha256:1',
    recommended_c0050: 'sha256:1',
    'w_2077_43_c0050.002': 'sha256:1',
    'w_2077_42_c0049.001': 'sha256:2',
    w_2077_41: 'sha256:3',
  };
  expect(tagsOf(collected(digests, { cycle: 50 }).images)).toEqual([
    'recommended_c0050',
    'w_2077_43_c0050.002',
  ]);
});

test('nodes that have a digest have all tags of it', () => {
  const digests = { latest: 'sha256:1', w_2077_43: 'sha256:1', w_2077_42: 'sha256:2' };
  const nodes = [aNode('b', ['sha256:1', 'sha256:1']), aNode('a', ['sha256:1', 'sha256:9']), aNode('c')];
  const { images } = knownImages(aCatalogue(digests, nodes), {
    ...imageDefaults,
    source: { type: 'google' },
  });
  expect(images.map(({ tag, nodes }) => [tag, nodes])).toEqual([
    ['latest', ['a', 'b']],
    ['w_2077_43', ['a', 'b']],
    ['w_2077_42', []],
  ]);
});

test('menus hide what an alias stands for, reports hide the alias', () => {
  const collection = collected({
    latest: 'sha256:1',
    w_2077_43: 'sha256:1',
    d_2077_10_23: 'sha256:1',
    other: 'sha256:2',
  });
  expect(tagsOf(hideAliased(collection))).toEqual(['latest', 'd_2077_10_23', 'other']);
  expect(tagsOf(hideResolvedAliases(collection))).toEqual(['w_2077_43', 'd_2077_10_23', 'other']);
});

test('within a smaller collection an alias stands for what there is of its digest', () => {
  const { images } = collected({ latest: 'sha256:1', w_2077_43: 'sha256:1', d_2077_10_23: 'sha256:1' });
  const smaller = collectionOf(images.filter(({ tag }) => tag !== 'w_2077_43'));
  expect(nameOf(smaller, 'latest')).toBe('Latest (Daily 2077_10_23)');
  const alone = collectionOf(images.filter(({ tag }) => tag === 'latest'));
  expect(nameOf(alone, 'latest')).toBe('Latest (Weekly 2077_43)');
  expect(alone.byTag.get('latest')?.aliases).toEqual(['d_2077_10_23', 'w_2077_43']);
  expect(tagsOf(hideResolvedAliases(alone))).toEqual(['latest']);
});

test('each digest is there once, as a concrete image if there is one', () => {
  const collection = collected({
    latest: 'sha256:1',
    w_2077_43: 'sha256:1',
    other: 'sha256:2',
    another: 'sha256:2',
    unread: null,
  });
  expect(tagsOf(onePerDigest(collection))).toEqual(['w_2077_43', 'other']);
});

const anyDigests = fc
  .array(fc.tuple(anyTag.filter(Boolean), fc.constantFrom(null, 'sha256:1', 'sha256:2', 'sha256:3')))
  .map((pairs): Digests => Object.fromEntries(pairs));

test('aliases are mutual, and what they stand for is concrete, whatever is collected', () => {
  fc.assert(
    fc.property(anyDigests, (digests) => {
      const { images, byTag, byDigest } = collected(digests);
      expect(tagsOf(images).toSorted()).toEqual(Object.keys(digests).toSorted());
      for (const { tag, type, aliases, aliasTarget, digest } of images) {
        for (const alias of aliases) {
          expect(byTag.get(alias)).toMatchObject({ digest, aliases: expect.arrayContaining([tag]) });
        }
        expect(aliasTarget === null).toBe(type !== 'Alias');
        expect(aliasTarget).toBe(type === 'Alias' ? byDigest.get(digest ?? '')?.tag : null);
        const target = aliasTarget === null ? 'none' : byTag.get(aliasTarget)?.type;
        expect(target).not.toMatch(/Alias|Unknown/);
      }
    }),
    { numRuns: 300 },
  );
});

test('collecting again changes nothing', () => {
  fc.assert(
    fc.property(anyDigests, (digests) => {
      const facts = ({ images }: ImageCollection) =>
        new Map(images.map(({ tag, aliases, type }) => [tag, { aliases, type }]));
      const once = collected(digests);
      const inOrder = collectionOf(once.images);
      expect(collectionOf(inOrder.images)).toEqual(inOrder);
      // Their order may change: of several concrete images the first one gives its aliases their place in menus.
      expect(facts(inOrder)).toEqual(facts(once));
    }),
    { numRuns: 300 },
  );
});

test('the order of the source decides on targets only', () => {
  fc.assert(
    fc.property(anyDigests, (digests) => {
      const reversed = Object.fromEntries(Object.entries(digests).toReversed());
      const known = (collection: ImageCollection) =>
        new Map(
          [...collection.byTag].map(([tag, { type, aliases, digest }]) => [tag, { type, aliases, digest }]),
        );
      expect(known(collected(reversed))).toEqual(known(collected(digests)));
    }),
    { numRuns: 300 },
  );
});
