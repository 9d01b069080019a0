import { knownImages } from '../../../../src/domain/images/known-images';
import { prepullSet, tagsToPrepull } from '../../../../src/domain/images/prepull-selection';
import { aCatalogue, imageDefaults } from '../../../support/image-catalogue';

const TAGS = [
  'd_2077_10_20',
  'd_2077_10_21',
  'd_2077_10_22',
  'd_2077_10_23',
  'd_2077_10_24-arm64',
  'exp_w_2077_43',
  'latest',
  'r22_0_0',
  'r22_0_1',
  'r23_0_0_rc1',
  'recommended',
  'recommended-arm64',
  'w_2077_40',
  'w_2077_41',
  'w_2077_42',
  'w_2077_43-amd64',
];

const settings = { ...imageDefaults, source: { type: 'docker' as const } };
const selected = (overrides: Partial<typeof settings> | object, tags: readonly string[] = TAGS) =>
  tagsToPrepull(tags, { ...settings, ...overrides });

test('the newest of each kind and the recommended image are prepulled', () => {
  expect(selected({})).toEqual([
    'recommended',
    'r22_0_1',
    'w_2077_42',
    'w_2077_41',
    'd_2077_10_23',
    'd_2077_10_22',
    'd_2077_10_21',
  ]);
});

test.each([
  ['no image but the recommended', { numReleases: 0, numWeeklies: 0, numDailies: 0 }, ['recommended']],
  ['nothing that is not there', { recommendedTag: 'none', numWeeklies: 0, numDailies: 0 }, ['r22_0_1']],
  [
    'a pinned image, also one for an architecture, and each once',
    {
      numReleases: 1,
      numWeeklies: 0,
      numDailies: 0,
      pin: ['w_2077_43-amd64', 'exp_w_2077_43', 'r22_0_1', 'none'],
    },
    ['recommended', 'r22_0_1', 'w_2077_43-amd64', 'exp_w_2077_43'],
  ],
])('%s is prepulled if so configured', (_, overrides, expected) => {
  expect(selected(overrides)).toEqual(expected);
});

test('only images of the cycle are prepulled, and the recommended is none of them without its cycle', () => {
  const tags = [
    'recommended',
    'recommended_c0050',
    'w_2077_40_c0050.001',
    'w_2077_41',
    'w_2077_42_c0049.001',
  ];
  expect(selected({ cycle: 50 }, tags)).toEqual(['w_2077_40_c0050.001']);
  expect(selected({ cycle: 50, recommendedTag: 'recommended_c0050' }, tags)).toEqual([
    'recommended_c0050',
    'w_2077_40_c0050.001',
  ]);
});

test('what is selected by tags alone is what is selected once digests are known', () => {
  const digests = Object.fromEntries(TAGS.map((tag, index) => [tag, `sha256:${index % 3}`]));
  const pinned = { ...settings, pin: ['latest'] };
  const set = prepullSet(knownImages(aCatalogue(digests), pinned), pinned);
  expect(set.images.map(({ tag }) => tag).toSorted()).toEqual(tagsToPrepull(TAGS, pinned).toSorted());
});

test('within the prepull set aliases stand for its newest image of their digest', () => {
  const digests = { w_2077_42: 'sha256:1', w_2077_43: 'sha256:1', recommended: 'sha256:1' };
  const all = knownImages(aCatalogue(digests), settings);
  const { byTag } = prepullSet(all, { ...settings, numWeeklies: 1 });
  expect(all.byTag.get('recommended')?.displayName).toBe('Recommended (Weekly 2077_42)');
  expect(byTag.get('recommended')?.displayName).toBe('Recommended (Weekly 2077_43)');
});
