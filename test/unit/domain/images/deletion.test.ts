import * as fc from 'fast-check';
import { forcedPlan, type Protections, planDeletion } from '../../../../src/domain/images/deletion';

const none: Protections = { tags: new Map(), digests: new Map() };

const stored = [
  { tag: 'w_1', digest: 'sha256:1' },
  { tag: 'w_1_again', digest: 'sha256:1' },
  { tag: 'w_2', digest: 'sha256:2' },
  { tag: 'recommended', digest: 'sha256:2' },
  { tag: 'w_3', digest: 'sha256:3' },
];

test('an image whose tags are all unwanted goes once, with all of them', () => {
  expect(planDeletion(stored, ['w_1', 'w_1_again'], none)).toEqual({
    deletions: [{ digest: 'sha256:1', tags: ['w_1', 'w_1_again'] }],
    spared: [],
  });
});

test('an image with another tag stays, for that reason', () => {
  expect(planDeletion(stored, ['w_2', 'w_3'], none)).toEqual({
    deletions: [{ digest: 'sha256:3', tags: ['w_3'] }],
    spared: [
      { digest: 'sha256:2', tags: ['w_2', 'recommended'], reasons: ['tag recommended is the same image'] },
    ],
  });
});

test('what is protected stays, by any of its tags or by its digest', () => {
  const protections = {
    tags: new Map([['w_1_again', 'pinned']]),
    digests: new Map([['sha256:3', 'a lab uses it']]),
  };

  const { deletions, spared } = planDeletion(stored, ['w_1', 'w_1_again', 'w_3'], protections);

  expect(deletions).toEqual([]);
  expect(spared.map(({ digest, reasons }) => [digest, reasons])).toEqual([
    ['sha256:1', ['pinned']],
    ['sha256:3', ['a lab uses it']],
  ]);
});

test('parts of a multi-architecture image stay as long as it does, for whatever reason', () => {
  const tags = ['w_2077_10', 'w_2077_09', 'w_2077_08'].flatMap((tag) => [tag, `${tag}-amd64`]);
  const images = tags.map((tag) => ({ tag, digest: `sha256:${tag}` }));
  const unwanted = tags.filter((tag) => tag !== 'w_2077_10');
  const protections = { ...none, tags: new Map([['w_2077_09', 'pinned']]) };

  const { deletions, spared } = planDeletion(images, unwanted, protections);

  expect(deletions.flatMap((deletion) => deletion.tags)).toEqual(['w_2077_08', 'w_2077_08-amd64']);
  expect(spared.map((image) => [image.tags[0], image.reasons])).toEqual([
    ['w_2077_10-amd64', ['w_2077_10 may be made of it']],
    ['w_2077_09', ['pinned']],
    ['w_2077_09-amd64', ['w_2077_09 may be made of it']],
  ]);
});

test('a tag that has no digest is left alone', () => {
  expect(planDeletion(stored, ['vanished'], none)).toEqual({ deletions: [], spared: [] });
});

test('whatever is asked, no wanted or protected tag goes, and no digest twice', () => {
  const tag = fc.integer({ min: 0, max: 20 }).map((number) => `t${number}`);
  const digest = fc.integer({ min: 0, max: 6 }).map((number) => `sha256:${number}`);
  const tags = fc.uniqueArray(fc.record({ tag, digest }), { selector: (entry) => entry.tag });
  const reasons = (key: fc.Arbitrary<string>) =>
    fc.array(key, { maxLength: 3 }).map((keys) => new Map(keys.map((each) => [each, 'reason'])));
  const protections = fc.record({ tags: reasons(tag), digests: reasons(digest) });

  fc.assert(
    fc.property(tags, fc.array(tag), protections, (stored, unwanted, protections) => {
      const { deletions, spared } = planDeletion(stored, unwanted, protections);
      const gone = new Set(deletions.map((deletion) => deletion.digest));
      const isWanted = ({ tag, digest }: (typeof stored)[number]) =>
        !unwanted.includes(tag) || protections.tags.has(tag) || protections.digests.has(digest);
      expect(stored.filter(({ digest }) => gone.has(digest)).filter(isWanted)).toEqual([]);
      const named = stored.filter(({ tag }) => unwanted.includes(tag)).map(({ digest }) => digest);
      expect([...deletions, ...spared].map(({ digest }) => digest).toSorted()).toEqual(
        [...new Set(named)].toSorted(),
      );
    }),
  );
});

const cycle = ['w_2077_01', 'w_2077_01-amd64', 'w_2077_02', 'w_2077_03'].map((tag) => ({
  tag,
  digest: `sha256:${tag}`,
}));
const inUse = new Map([
  ['w_2077_01', 'a lab uses it'],
  ['w_2077_02', 'the menu offers w_2077_02'],
]);

function forced(wanted: readonly string[], named: Protections) {
  const protections = { tags: new Map([...inUse, ...named.tags]), digests: named.digests };
  const { deletions, spared } = forcedPlan(planDeletion(cycle, wanted, protections), cycle, named);
  return {
    deletions: deletions.map(({ tags, reasons }) => [tags[0], reasons]),
    spared: spared.map(({ tags, reasons }) => [tags[0], reasons]),
  };
}

test('forced, what was spared goes too, with the reasons against it', () => {
  expect(forced(['w_2077_01-amd64', 'w_2077_02', 'w_2077_03'], none)).toEqual({
    deletions: [
      ['w_2077_03', undefined],
      ['w_2077_01-amd64', ['w_2077_01 may be made of it']],
      ['w_2077_02', ['the menu offers w_2077_02']],
    ],
    spared: [],
  });
});

test('forced, what is named to stay is spared, by tag and by digest', () => {
  const named = {
    tags: new Map([['w_2077_02', 'named']]),
    digests: new Map([['sha256:w_2077_03', 'named too']]),
  };

  expect(forced(['w_2077_01', 'w_2077_02', 'w_2077_03'], named)).toEqual({
    deletions: [['w_2077_01', ['a lab uses it']]],
    spared: [
      ['w_2077_02', ['named']],
      ['w_2077_03', ['named too']],
    ],
  });
});

test('forced, a part of what is named to stay is spared', () => {
  const named = { ...none, tags: new Map([['w_2077_01', 'named']]) };

  expect(forced(['w_2077_01-amd64'], named)).toEqual({
    deletions: [],
    spared: [['w_2077_01-amd64', ['w_2077_01 may be made of it']]],
  });
});
