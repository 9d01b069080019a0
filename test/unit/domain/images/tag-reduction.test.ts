import { createHash } from 'node:crypto';
import type { ImageFilters } from '../../../../src/domain/images/dropdown-filter';
import { createTagReduction } from '../../../../src/domain/images/tag-reduction';
import { completeInLinearTime } from '../../../support/linear-time';
import { aDocument, parsed } from '../../config/sample-documents';

const NOW = Date.parse('2080-01-01T00:00:00Z');

const settings = {
  source: { type: 'docker' },
  recommendedTag: 'recommended',
  aliasTags: ['latest_weekly'],
  cycle: null,
  numReleases: 1,
  numWeeklies: 2,
  numDailies: 3,
  pin: ['d_2000_01_01', 'r1_0_0-amd64'],
} as const;

const { dropdownMenu: filters } = parsed(aDocument()).config;

const build = (index: number) => `build_${createHash('sha1').update(String(index)).digest('hex')}`;
const builds = (count: number) => Array.from({ length: count }, (_, index) => build(index));
const dailies = (year: number) =>
  Array.from({ length: 12 * 28 }, (_, day) => `d_${year}_${(day % 12) + 1}_${Math.floor(day / 12) + 1}`);

interface Reducing {
  readonly limit: number;
  readonly needed?: readonly string[];
  readonly filters?: ImageFilters;
  readonly cycle?: number | null;
  readonly piece?: number;
}

function reduced(tags: readonly string[], options: Reducing): string[] {
  const { limit, needed = [], cycle = null, piece = 1_000 } = options;
  const reduction = createTagReduction({
    settings: { ...settings, cycle },
    filters: options.filters ?? filters,
    needed: new Set(needed),
    limit,
    nowMs: NOW,
  });
  for (let first = 0; first < tags.length; first += piece) reduction.add(tags.slice(first, first + piece));
  const kept = reduction.kept();
  return tags.filter((tag) => kept.has(tag));
}

const IMAGES = [
  'recommended',
  'latest_weekly',
  'w_2077_42',
  'w_2077_43',
  'w_2077_44',
  'r22_0_1',
  'r1_0_0-amd64',
  'd_2000_01_01',
];

test('what is configured, prepulled or in use is kept, wherever it stands and however little room there is', () => {
  const used = [build(7), 'w_2001_01'];
  const tags = [...IMAGES.slice(0, 4), ...builds(3_000), ...IMAGES.slice(4), 'w_2001_01', ...dailies(2070)];
  const kept = reduced(tags, { limit: 10, needed: [...used, 'vanished'] });

  for (const tag of [...IMAGES.filter((tag) => tag !== 'w_2077_42'), ...used]) expect(kept).toContain(tag);
  expect(kept).toEqual(expect.arrayContaining(['d_2070_12_28', 'd_2070_12_27', 'd_2070_12_26']));
  expect(kept.length).toBeLessThan(30);
});

test('room is shared between the types, the newest of each first, and unknown tags come last', () => {
  const tags = [
    ...builds(500),
    ...dailies(2070),
    ...dailies(2071),
    'r20_0_0',
    'r21_0_0',
    'exp_w_2070_01',
    'w_2070_02',
  ];
  const kept = reduced(tags, { limit: 100 });

  expect(kept).toEqual(
    expect.arrayContaining(['r20_0_0', 'r21_0_0', 'exp_w_2070_01', 'w_2070_02', 'd_2071_12_28']),
  );
  expect(kept.filter((tag) => tag.startsWith('d_2070'))).toEqual([]);
  expect(kept.filter((tag) => tag.startsWith('build_'))).toEqual([]);
  expect(reduced(tags, { limit: 700 }).filter((tag) => tag.startsWith('build_')).length).toBeGreaterThan(20);
});

test('what the drop-down offers goes before what it leaves out', () => {
  const some = { ...filters, daily: { ...filters.daily, cutoffBuild: 7 } };
  const old = ['d_2001_01_01_rsp9', 'd_2001_01_02_rsp8'];
  const tags = [...dailies(2070).map((tag) => `${tag}_rsp1`), ...old, ...builds(50)];

  expect(reduced(tags, { limit: 400, filters: some })).toEqual(expect.arrayContaining(old));
  expect(reduced(tags, { limit: 60, filters: some }).filter((tag) => tag.startsWith('build_'))).toHaveLength(
    50,
  );
});

test('tags of other cycles come last of all', () => {
  const tags = [...builds(50), ...dailies(2070).map((tag) => `${tag}_c0050.001`)];
  const kept = reduced(tags, { limit: 340, cycle: 50 });

  expect(kept.filter((tag) => tag.startsWith('d_'))).toHaveLength(336);
  // The three dailies to prepull do not count.
  expect(kept.filter((tag) => tag.startsWith('build_'))).toHaveLength(7);
});

test('the result is the same whatever the pieces are', () => {
  const tags = [...builds(2_000), ...dailies(2070), ...dailies(2071), ...dailies(2072), ...IMAGES];

  expect(reduced(tags, { limit: 50, piece: 37 })).toEqual(reduced(tags, { limit: 50, piece: 100_000 }));
});

test('hundreds of thousands of tags are reduced in time', () => {
  const tags = builds(300_000);

  expect(completeInLinearTime(() => reduced(tags, { limit: 500 }))).toHaveLength(500);
});
