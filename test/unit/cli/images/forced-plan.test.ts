import { forcedPlan } from '../../../../src/cli/images/forced-plan';
import { type Protections, planDeletion } from '../../../../src/domain/images/deletion';

const stored = ['w_2077_01', 'w_2077_01-amd64', 'w_2077_02', 'w_2077_03'].map((tag) => ({
  tag,
  digest: `sha256:${tag}`,
}));
const none: Protections = { tags: new Map(), digests: new Map() };
const inUse = new Map([
  ['w_2077_01', 'a lab uses it'],
  ['w_2077_02', 'the menu offers w_2077_02'],
]);

function forced(wanted: readonly string[], named: Protections) {
  const protections = { tags: new Map([...inUse, ...named.tags]), digests: named.digests };
  const { deletions, spared } = forcedPlan(planDeletion(stored, wanted, protections), stored, named);
  return {
    deletions: deletions.map(({ tags, reasons }) => [tags[0], reasons]),
    spared: spared.map(({ tags, reasons }) => [tags[0], reasons]),
  };
}

test('what was spared goes too, with the reasons against it', () => {
  expect(forced(['w_2077_01-amd64', 'w_2077_02', 'w_2077_03'], none)).toEqual({
    deletions: [
      ['w_2077_03', undefined],
      ['w_2077_01-amd64', ['w_2077_01 may be made of it']],
      ['w_2077_02', ['the menu offers w_2077_02']],
    ],
    spared: [],
  });
});

test('what is named to stay is spared, by tag and by digest', () => {
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

test('so is a part of it', () => {
  const named = { ...none, tags: new Map([['w_2077_01', 'named']]) };

  expect(forced(['w_2077_01-amd64'], named)).toEqual({
    deletions: [],
    spared: [['w_2077_01-amd64', ['w_2077_01 may be made of it']]],
  });
});
