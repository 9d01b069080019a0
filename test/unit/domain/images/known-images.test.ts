import { normalisedName } from '../../../../src/domain/images/image';
import { nodeDigests } from '../../../../src/domain/images/known-images';
import { isArtifactTag } from '../../../../src/domain/images/tag-grammar';

const HEX = 'ab'.repeat(32);

test.each([
  [`sha256-${HEX}.sig`, true],
  [`sha256-${HEX}.att`, true],
  [`sha256-${HEX}.sbom`, true],
  [`sha256-${HEX}`, true],
  [`sha256-${HEX}.cosign.bundle`, true],
  [`sha512-${HEX}`, true],
  [`sha512-${HEX}${HEX}.sig`, true],
  ['sha256-abc', false],
  ['sha256', false],
  ['w_2077_43', false],
  [`exp_sha256-${HEX}`, false],
  [`build_${HEX}`, false],
  [HEX, false],
])('%s is stored beside an image: %s', (tag, expected) => {
  expect(isArtifactTag(tag)).toBe(expected);
});

test.each([
  ['lab', 'docker.io/library/lab:latest'],
  ['lab:w_1', 'docker.io/library/lab:w_1'],
  ['team/lab:w_1', 'docker.io/team/lab:w_1'],
  ['docker.io/lab:w_1', 'docker.io/library/lab:w_1'],
  ['index.docker.io/library/lab:w_1', 'docker.io/library/lab:w_1'],
  ['registry-1.docker.io/team/lab', 'docker.io/team/lab:latest'],
  ['registry.example.org/lab:w_1', 'registry.example.org/lab:w_1'],
  ['registry.example.org:5000/lab', 'registry.example.org:5000/lab:latest'],
  ['Registry.example.org/team/lab:W_1', 'registry.example.org/team/lab:W_1'],
  ['localhost/lab:w_1', 'localhost/lab:w_1'],
])('%s written out is %s', (name, expected) => {
  expect(normalisedName(name)).toBe(expected);
});

describe('the digests that a node has', () => {
  const digest = (digit: number) => `sha256:${String(digit).repeat(64)}`;
  const settings = {
    source: { type: 'docker' },
    recommendedTag: 'recommended',
    aliasTags: [],
    cycle: null,
  } as const;
  const tags = ['recommended', 'w_2077_43', 'latest', 'w_2077_42'].map((tag, index) => ({
    tag,
    digest: tag === 'w_2077_42' ? null : digest(index + 1),
    size: null,
  }));
  const onNode = nodeDigests({ registry: 'docker.io', repository: 'team/lab', tags }, settings);
  const image = (digests: readonly string[], ...names: string[]) => ({
    digests,
    tags: names.map(normalisedName),
  });

  test('the digests that a node has are found by any digest of an image, whatever others come before it', () => {
    expect(onNode([image([digest(9), digest(2), digest(8)])])).toEqual([digest(2)]);
    expect(onNode([image([digest(2), digest(1)]), image([digest(1)])])).toEqual([digest(1), digest(2)]);
    expect(onNode([image([digest(9)]), image([])])).toEqual([]);
  });

  test.each(['team/lab:w_2077_43', 'docker.io/team/lab:w_2077_43', 'index.docker.io/team/lab:w_2077_43'])(
    'the digests that a node has are found by the name %s of an image without digest, whose tag says a version',
    (name) => {
      expect(onNode([image([], 'other:x', name)])).toEqual([digest(2)]);
    },
  );

  test.each([
    'team/lab:recommended',
    'team/lab',
    'team/lab:w_2077_42',
    'other/lab:w_2077_43',
    'x.org/team/lab:w_2077_43',
  ])('the digests that a node has are not found by the name %s', (name) => {
    expect(onNode([image([], name)])).toEqual([]);
  });

  test('the digests that a node has are not found by the tag of an image that has other digests: the tag has moved', () => {
    expect(onNode([image([digest(7)], 'team/lab:w_2077_43')])).toEqual([]);
  });
});
