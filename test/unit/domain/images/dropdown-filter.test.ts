import * as fc from 'fast-check';
import {
  excludedTags,
  filterTags,
  type ImageFilter,
  type ImageFilters,
} from '../../../../src/domain/images/dropdown-filter';
import { sortTags } from '../../../../src/domain/images/image-tag';
import { aliasTag, parseTag } from '../../../../src/domain/images/tag-grammar';
import { noFilter, noFilters } from '../../../support/image-catalogue';
import { anyTag } from '../../../support/tags';

const DAY = 86_400_000;
const NOW = Date.parse('2077-10-24T12:00:00Z');

const everywhere = (conditions: Partial<ImageFilter>): ImageFilters => {
  const filter = { ...noFilter, ...conditions };
  return { release: filter, weekly: filter, daily: filter, releaseCandidate: filter, experimental: filter };
};

const kept = (tags: readonly string[], filter: Partial<ImageFilter>) =>
  filterTags(sortTags(tags.map(parseTag)), everywhere(filter), NOW).map(({ tag }) => tag);

test.each<[string, Partial<ImageFilter>, string[]]>([
  ['all', {}, ['d_2077_10_24', 'd_2077_10_23', 'd_2077_10_22']],
  ['all for number 0', { number: 0 }, ['d_2077_10_24', 'd_2077_10_23', 'd_2077_10_22']],
  ['the newest', { number: 2 }, ['d_2077_10_24', 'd_2077_10_23']],
  ['those young enough', { ageMs: 1.5 * DAY }, ['d_2077_10_24', 'd_2077_10_23']],
  ['all for age 0', { ageMs: 0 }, ['d_2077_10_24', 'd_2077_10_23', 'd_2077_10_22']],
  ['those from a date on', { cutoffDate: '2077-10-23T00:00:00Z' }, ['d_2077_10_24', 'd_2077_10_23']],
  ['those after the later date', { cutoffDate: '2077-10-23T00:00:01Z', ageMs: 30 * DAY }, ['d_2077_10_24']],
  ['those after the later age', { cutoffDate: '2077-01-01T00:00:00Z', ageMs: DAY }, ['d_2077_10_24']],
])('of dailies a filter keeps %s', (_, filter, expected) => {
  expect(kept(['d_2077_10_22', 'd_2077_10_23', 'd_2077_10_24'], filter)).toEqual(expected);
});

test('the number counts what the other conditions leave', () => {
  const tags = ['d_2077_10_24_rsp1', 'd_2077_10_23_rsp9', 'd_2077_10_22_rsp9', 'd_2077_10_21'];
  expect(kept(tags, { number: 2, cutoffBuild: 2 })).toEqual(['d_2077_10_23_rsp9', 'd_2077_10_22_rsp9']);
});

test('a build counts only where there is one', () => {
  expect(kept(['r1_0_0', 'r1_0_0_rsp0', 'r1_0_0_rsp2', 'r1_0_0_rsp3'], { cutoffBuild: 3 })).toEqual([
    'r1_0_0_rsp3',
    'r1_0_0',
  ]);
});

test.each([
  ['22.0.1', ['r22_0_1', 'r22_1_0', 'r23_0_0_rc1']],
  ['23.0.0', ['r23_0_0']],
  ['23.0.0-rc2', ['r23_0_0', 'r23_0_0_rc2', 'r23_0_0_rc10']],
  ['23.0.0-rc', ['r23_0_0_rc1', 'r23_0_0_rc2']],
  ['23.0.0-rc2.1', ['r23_0_0', 'r23_0_0_rc10', 'r23_0_1_rc1']],
  ['23.0.0-99', ['r23_0_0_rc1']],
  ['23.0.0-99.a+build', ['r23_0_0_rc1']],
  ['23.0.0-rc2+build', ['r23_0_0_rc2']],
  ['23.0.0-alpha', ['r23_0_0_rc1', 'w_1_1']],
])('version %s lets pass %j', (cutoffVersion, tags) => {
  expect(kept(tags, { cutoffVersion }).toSorted()).toEqual(tags.toSorted());
});

test.each([
  ['22.0.1', ['r22_0_0', 'r21_9_9', 'r22_0_1_rc1']],
  ['23.0.0-rc2', ['r22_0_0', 'r23_0_0_rc1']],
  ['23.0.0-rc2.1', ['r23_0_0_rc1', 'r23_0_0_rc2']],
  ['23.0.0-s', ['r23_0_0_rc1', 'r22_9_9']],
  ['23.0.0-s.1', ['r23_0_0_rc1', 'exp_r22_9_9']],
])('version %s stops %j', (cutoffVersion, tags) => {
  expect(kept(tags, { cutoffVersion })).toEqual([]);
});

test('experimental images are judged by what they are built on', () => {
  const tags = ['exp_w_2077_01', 'exp_d_2077_10_24', 'exp_r21_0_0', 'exp_r23_0_0', 'exp_other'];
  expect(kept(tags, { ageMs: 7 * DAY, cutoffVersion: '22.0.0' })).toEqual([
    'exp_other',
    'exp_d_2077_10_24',
    'exp_r23_0_0',
  ]);
});

test('each type has its own filter, and aliases and unknown tags have none', () => {
  const tags = ['a', 'b', 'r1_0_0', 'r2_0_0', 'w_2077_42', 'w_2077_43', 'r3_0_0_rc1', 'r3_0_0_rc2'].map(
    parseTag,
  );
  const filters = {
    ...noFilters,
    weekly: { ...noFilter, number: 1 },
    releaseCandidate: { ...noFilter, number: 1 },
  };
  const result = filterTags(sortTags([...tags, aliasTag('x'), aliasTag('y')]), filters, NOW);
  expect(result.map(({ tag }) => tag)).toEqual([
    'y',
    'x',
    'r2_0_0',
    'r1_0_0',
    'w_2077_43',
    'r3_0_0_rc2',
    'b',
    'a',
  ]);
});

test('what is excluded is exactly what is not kept, in the same order', () => {
  const filter = fc.record({
    number: fc.option(fc.nat(3)),
    ageMs: fc.option(fc.nat(60 * 365 * DAY)),
    cutoffDate: fc.option(fc.constantFrom('2020-06-01T00:00:00Z', '2021-02-01T00:00:00Z')),
    cutoffBuild: fc.option(fc.nat(12)),
    cutoffVersion: fc.option(fc.constantFrom('1.0.0', '1.0.0-rc2', '2.0.0')),
  });
  fc.assert(
    fc.property(fc.array(anyTag), filter, (texts, filter) => {
      const tags = sortTags(texts.map(parseTag));
      const filters = everywhere(filter);
      const inBoth = [...filterTags(tags, filters, NOW), ...excludedTags(tags, filters, NOW)];
      expect(
        sortTags(inBoth)
          .map(({ tag }) => tag)
          .toSorted(),
      ).toEqual(tags.map(({ tag }) => tag).toSorted());
      expect(new Set(inBoth).size).toBe(tags.length);
    }),
  );
});
