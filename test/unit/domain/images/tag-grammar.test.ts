import * as fc from 'fast-check';
import { IMAGE_TYPES } from '../../../../src/domain/images/image-tag';
import { aliasTag, parseTag } from '../../../../src/domain/images/tag-grammar';
import { anyTag } from '../../../support/tags';

const nothing = {
  version: null,
  isSemantic: false,
  base: null,
  cycle: null,
  cycleBuild: null,
  build: null,
  architecture: null,
  extra: null,
  date: null,
};

const version = (major: number, minor: number, patch: number, candidate: number | null = null) => ({
  major,
  minor,
  patch,
  candidate,
});

test.each([
  [
    'r23_0_0_rc1_rsp19',
    {
      type: 'Release Candidate',
      displayName: 'Release Candidate r23.0.0-rc1 (RSP Build 19)',
      version: version(23, 0, 0, 1),
      isSemantic: true,
      build: 19,
    },
  ],
  [
    'r22_0_1_c0019.001-arm64',
    {
      type: 'Release',
      displayName: 'Release r22.0.1 (SAL Cycle 0019, Build 001) [arm64]',
      version: version(22, 0, 1),
      isSemantic: true,
      cycle: 19,
      cycleBuild: 1,
      architecture: 'arm64',
    },
  ],
  ['r170', { type: 'Release', displayName: 'Release r17.0.0', version: version(17, 0, 0), isSemantic: true }],
  [
    'r022_00_1',
    { type: 'Release', displayName: 'Release r22.0.1', version: version(22, 0, 1), isSemantic: true },
  ],
  [
    'w_2021_22_rsp19',
    {
      type: 'Weekly',
      displayName: 'Weekly 2021_22 (RSP Build 19)',
      version: version(2021, 22, 0),
      build: 19,
      date: '2021-06-03',
    },
  ],
  [
    'd_2021_05_13',
    {
      type: 'Daily',
      displayName: 'Daily 2021_05_13',
      version: version(2021, 5, 13),
      date: '2021-05-13',
    },
  ],
  [
    'exp_w_2021_22_foo',
    {
      type: 'Experimental',
      displayName: 'Experimental Weekly 2021_22 [foo]',
      version: version(2021, 22, 0),
      extra: 'foo',
      date: '2021-06-03',
    },
  ],
  [
    'exp_w_2021_22_c0020.001_rsp19_foo-amd64',
    {
      type: 'Experimental',
      displayName: 'Experimental Weekly 2021_22 (SAL Cycle 0020, Build 001) (RSP Build 19) [foo] [amd64]',
      version: version(2021, 22, 0),
      cycle: 20,
      cycleBuild: 1,
      build: 19,
      architecture: 'amd64',
      extra: 'foo',
      date: '2021-06-03',
    },
  ],
  [
    'exp_r21_0_1',
    {
      type: 'Experimental',
      displayName: 'Experimental Release r21.0.1',
      version: version(21, 0, 1),
      isSemantic: true,
    },
  ],
  [
    'exp_exp_random-arm64',
    {
      type: 'Experimental',
      displayName: 'Experimental Experimental random [arm64]',
      base: 'random',
      architecture: 'arm64',
    },
  ],
  ['exp_', { type: 'Unknown', displayName: 'exp_', base: 'exp_' }],
  ['exp_exp_', { type: 'Experimental', displayName: 'Experimental exp_', base: 'exp_' }],
  [
    'recommended_c0027-amd64',
    {
      type: 'Unknown',
      displayName: 'recommended (SAL Cycle 0027) [amd64]',
      base: 'recommended',
      cycle: 27,
      architecture: 'amd64',
    },
  ],
  ['latest-arm64', { type: 'Unknown', displayName: 'latest [arm64]', base: 'latest', architecture: 'arm64' }],
  ['Latest-ARM64', { type: 'Unknown', displayName: 'Latest-ARM64', base: 'Latest-ARM64' }],
])('the tag %j is read', (tag, expected) => {
  expect(parseTag(tag)).toEqual({ ...nothing, tag, ...expected });
});

test.each([
  ['w_2021_22_c0020', 'Weekly', 'c0020'],
  ['r22_0_1_20210513', 'Release', '20210513'],
  ['r22_0_1_rc', 'Release', 'rc'],
  ['r22_0_1_a-b_c-d-amd64', 'Release', 'a-b_c-d'],
  ['d_2021_05_13_rsp1_rsp2', 'Daily', 'rsp2'],
])('the tag %j is a %s with the extra %j', (tag, type, extra) => {
  expect(parseTag(tag)).toMatchObject({ type, extra, cycle: null });
});

test.each([
  'w_2021_00',
  'w_2021_53',
  'w_0000_01',
  'w_10000_01',
  'd_2021_02_29',
  'd_2021_13_01',
  'd_2021_04_31',
  'd_2021_01_00',
  'r17',
  'r1700',
  'r170_rsp1',
  'R22_0_1',
  ' r22_0_1',
  'r22_0_1\n',
  'r22_0',
])('%j is a tag of no known form', (tag) => {
  expect(parseTag(tag)).toMatchObject({ type: 'Unknown', displayName: tag, version: null, date: null });
});

test.each([
  ['w_2020_53', '2020-12-31'],
  ['w_2021_1', '2021-01-07'],
  ['w_2026_01', '2026-01-01'],
  ['w_2024_52', '2024-12-26'],
  ['w_0001_01', '0001-01-04'],
  ['d_0099_02_28', '0099-02-28'],
  ['d_2024_2_29', '2024-02-29'],
])('%s is of %s', (tag, date) => {
  expect(parseTag(tag).date).toBe(date);
});

test('an empty tag is the latest', () => {
  expect(parseTag('')).toEqual(parseTag('latest'));
  expect(aliasTag('')).toEqual(aliasTag('latest'));
});

test('a number of more digits than can be kept is not taken for one', () => {
  expect(parseTag('r1_0_0_rsp1234567890123456')).toMatchObject({ build: null, extra: 'rsp1234567890123456' });
});

test.each([
  ['latest_weekly', 'Latest Weekly', 'latest_weekly', null, null],
  ['recommended_c0027', 'Recommended (SAL Cycle 0027)', 'recommended', 27, null],
  ['recommended_c0027-amd64', 'Recommended (SAL Cycle 0027) [amd64]', 'recommended', 27, 'amd64'],
  ['w_2021_22', 'W 2021 22', 'w_2021_22', null, null],
])('as an alias %j is shown as %j', (tag, displayName, base, cycle, architecture) => {
  const expected = { ...nothing, tag, type: 'Alias', displayName, base, cycle, architecture };
  expect(aliasTag(tag)).toEqual(expected);
});

test('a prefix may be repeated ever so often', () => {
  const tag = `${'exp_'.repeat(50_000)}w_2021_22`;
  expect(parseTag(tag)).toMatchObject({ tag, type: 'Experimental', date: '2021-06-03' });
});

test('every text is read as some tag, with a name and all the text', () => {
  fc.assert(
    fc.property(fc.oneof(anyTag, fc.string({ unit: 'binary' })), (text) => {
      for (const tag of [parseTag(text), aliasTag(text)]) {
        expect(tag.tag).toBe(text || 'latest');
        expect(IMAGE_TYPES).toContain(tag.type);
        expect(tag.version === null).toBe(tag.base !== null);
        expect(tag.isSemantic && tag.date !== null).toBe(false);
        expect(
          [tag.cycle, tag.cycleBuild, tag.build].every((n) => n === null || Number.isSafeInteger(n)),
        ).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
