import * as fc from 'fast-check';
import { compareTags, IMAGE_TYPES, type ImageTag, sortTags } from '../../../../src/domain/images/image-tag';
import { aliasTag, parseTag } from '../../../../src/domain/images/tag-grammar';
import { anyTag } from '../../../support/tags';

const sorted = (tags: readonly string[]) => sortTags(tags.map(parseTag)).map(({ tag }) => tag);

test.each([
  [
    'releases',
    [
      'r21_0_1_c0032.005_rsp101',
      'r21_0_1_c0032.004_rsp102',
      'r21_0_1_c0031.004_rsp103',
      'r21_0_1_c0031.004',
      'r21_0_1_rsp103_foo',
      'r21_0_1_rsp103_foo-arm64',
      'r21_0_1_rsp103_foo-amd64',
      'r21_0_1_rsp103_extra',
      'r21_0_1_rsp103',
      'r21_0_1_rsp29',
      'r21_0_1',
      'r170',
    ],
  ],
  ['candidates', ['r24_0_0_rc1', 'r23_0_1_rc1', 'r23_0_0_rc10', 'r23_0_0_rc2', 'r23_0_0_rc1']],
  ['weeklies', ['w_2078_01', 'w_2077_44', 'w_2077_43', 'w_2077_9']],
  ['dailies', ['d_2077_10_23', 'd_2077_10_3', 'd_2077_9_30']],
  [
    'experimental ones, those built on no known form first',
    ['exp_b', 'exp_a', 'exp_w_2077_43', 'exp_r23_0_0', 'exp_r23_0_0_rc1'],
  ],
  ['unknown ones', ['b', 'a_c2', 'a_c1', 'a', 'a-arm64', 'a-amd64', 'B']],
])('%s are listed newest first', (_, expected) => {
  expect(sorted(expected.toReversed())).toEqual(expected);
  expect(sorted(expected.toSorted())).toEqual(expected);
});

test('types are listed one after the other', () => {
  const tags = ['what', 'exp_1', 'r2_0_0_rc1', 'd_2077_10_23', 'w_2077_43', 'r1_0_0'].map(parseTag);
  const types = sortTags([...tags, aliasTag('recommended')]).map(({ type }) => type);
  expect(types).toEqual(IMAGE_TYPES);
});

test('equal tags stay in their order', () => {
  expect(sorted(['r1_0_0', 'r01_0_0', 'r001_0_0'])).toEqual(['r1_0_0', 'r01_0_0', 'r001_0_0']);
  expect(sorted(['r001_0_0', 'r01_0_0', 'r1_0_0'])).toEqual(['r001_0_0', 'r01_0_0', 'r1_0_0']);
});

const tag = fc.tuple(anyTag, fc.boolean()).map(([text, isAlias]) => (isAlias ? aliasTag : parseTag)(text));
const sign = (tags: readonly [ImageTag, ImageTag]) => Math.sign(compareTags(...tags));

/** What a tag says that counts for the order. */
const saying = ({ type, version, base, cycle, cycleBuild, build, extra, architecture }: ImageTag) =>
  JSON.stringify([type, version, base, cycle, cycleBuild, build, extra, architecture]);

test('of any two tags one comes first, or they are equal', () => {
  fc.assert(
    fc.property(tag, tag, (one, other) => {
      expect(sign([one, other])).toBe(0 - sign([other, one]));
      expect(sign([one, other]) === 0).toBe(saying(one) === saying(other));
    }),
    { numRuns: 2_000 },
  );
});

test('what comes before something comes before all that follows it', () => {
  fc.assert(
    fc.property(tag, tag, tag, (one, other, third) => {
      const [first, second, last] = sortTags([one, other, third]);
      if (!first || !second || !last) throw new Error('a tag was lost');
      expect([sign([first, second]), sign([second, last]), sign([first, last])]).not.toContain(1);
    }),
    { numRuns: 2_000 },
  );
});

test('sorting again changes nothing', () => {
  fc.assert(
    fc.property(fc.array(tag), (tags) => {
      const once = sortTags(tags);
      expect(sortTags(once)).toEqual(once);
      expect(once).toHaveLength(tags.length);
    }),
  );
});
