import { resolveImage } from '../../../../src/domain/images/selection';
import type { ImageChoice } from '../../../../src/domain/lab-plan';
import { aCatalogue, anOffer } from '../../../support/image-catalogue';

const REPOSITORY = 'reg.example/lab/sketch';

const listed = (rest: string): ImageChoice => ({ field: 'image_list', reference: `${REPOSITORY}${rest}` });
const tagged = (tag: string): ImageChoice => ({ field: 'image_tag', tag });
const ofClass = (imageClass: Extract<ImageChoice, { field: 'image_class' }>['imageClass']): ImageChoice => ({
  field: 'image_class',
  imageClass,
});

const found = (tag: string, digest: string, name: string) => ({
  kind: 'found',
  image: { reference: `${REPOSITORY}:${tag}@${digest}`, digest, name },
});

const refusal = (code: string, message: string) => ({ kind: 'refused', refusal: { code, message } });
const unknownReference = (rest: string) =>
  refusal('unknown_image', `Docker reference "${REPOSITORY}${rest}" not found`);

const weekly = found('w_2077_43', 'sha256:2', 'Weekly 2077_43');
const daily = found('d_2077_10_23', 'sha256:1234', 'Daily 2077_10_23');
const recommended = found('recommended', 'sha256:2', 'Recommended (Weekly 2077_43)');
const release = found('r22_0_1', 'sha256:3', 'Release r22.0.1');

const CLASSES: [string, ImageChoice, unknown][] = [
  ['recommended', ofClass('recommended'), recommended],
  ['latest-release', ofClass('latest-release'), release],
  ['latest-weekly', ofClass('latest-weekly'), weekly],
  ['latest-daily', ofClass('latest-daily'), daily],
];

const REFUSALS: [string, ImageChoice, unknown][] = [
  [
    'another registry',
    { field: 'image_dropdown', reference: 'x.example/lab/sketch:w_2077_43' },
    refusal('unknown_image', 'Docker reference "x.example/lab/sketch:w_2077_43" not found'),
  ],
  [
    'another repository',
    { field: 'image_list', reference: 'reg.example/lab:w_2077_43@sha256:2' },
    refusal('unknown_image', 'Docker reference "reg.example/lab:w_2077_43@sha256:2" not found'),
  ],
  [
    'no reference',
    { field: 'image_list', reference: ':::' },
    refusal('invalid_docker_reference', 'Docker reference ":::" is not valid'),
  ],
  ['no tag', listed(''), refusal('invalid_docker_reference', `Docker reference "${REPOSITORY}" has no tag`)],
  ['an unknown tag in a reference', listed(':none'), unknownReference(':none')],
  ['an unknown tag', tagged('none'), refusal('unknown_image', 'Docker tag "none" not found')],
];

describe('with a Docker registry', () => {
  const offer = anOffer(
    aCatalogue({
      latest_daily: 'sha256:1234',
      d_2077_10_23: 'sha256:1234',
      w_2077_43: 'sha256:2',
      recommended: 'sha256:2',
      r22_0_1: 'sha256:3',
      w_2077_01: null,
      w_2077_02: 'sha256:5',
    }),
    { numWeeklies: 1 },
  );

  const toVerify = (tag: string, digest: string) => ({
    kind: 'verify-digest',
    image: expect.objectContaining({ tag, digest }),
    otherwise: unknownReference(`:${tag}@${digest}`).refusal,
  });
  const toRead = (tag: string) => ({
    kind: 'read-digest',
    image: expect.objectContaining({ tag, digest: null }),
  });

  test.each<[string, ImageChoice, unknown]>([
    ['a digest of the prepull set', listed('@sha256:2'), weekly],
    ['such a digest under another tag', listed(':latest_daily@sha256:1234'), daily],
    ['such a digest under a tag that is not known', listed(':none@sha256:1234'), daily],
    ['a tag of the prepull set', listed(':recommended'), recommended],
    ['such a tag that has moved', listed(':w_2077_43@sha256:01d'), weekly],
    ['such a tag alone', tagged('w_2077_43'), weekly],
    ...CLASSES,
    ['another tag', listed(':w_2077_01'), toRead('w_2077_01')],
    ['another tag alone', tagged('w_2077_01'), toRead('w_2077_01')],
    ['another tag whose digest was known, as tags move', tagged('w_2077_02'), toRead('w_2077_02')],
    ['the same by reference', listed(':w_2077_02'), toRead('w_2077_02')],
    [
      'another tag with the digest that it is known to have',
      listed(':w_2077_02@sha256:5'),
      found('w_2077_02', 'sha256:5', 'Weekly 2077_02'),
    ],
    [
      'another tag with a digest that is not known',
      listed(':w_2077_01@sha256:9'),
      toVerify('w_2077_01', 'sha256:9'),
    ],
    [
      'another tag with another digest than it is known to have',
      listed(':w_2077_02@sha256:9'),
      toVerify('w_2077_02', 'sha256:9'),
    ],
    ...REFUSALS,
    [
      'an unknown digest without tag',
      listed('@sha256:9'),
      refusal('invalid_docker_reference', `Docker reference "${REPOSITORY}@sha256:9" has no tag`),
    ],
    ['an unknown tag with an unknown digest', listed(':none@sha256:9'), unknownReference(':none@sha256:9')],
  ])('with a Docker registry, %s is resolved', (_, choice, expected) => {
    expect(resolveImage(offer, choice)).toEqual(expected);
  });

  test('with a Docker registry, a prepulled image whose digest could not be read is asked for again', () => {
    const offer = anOffer(aCatalogue({ recommended: null, w_2077_43: null }));
    expect(resolveImage(offer, ofClass('recommended'))).toEqual(toRead('recommended'));
    expect(resolveImage(offer, listed(':w_2077_43'))).toEqual(toRead('w_2077_43'));
    expect(resolveImage(offer, tagged('w_2077_43'))).toEqual(toRead('w_2077_43'));
  });
});

describe('with a Google registry', () => {
  const offer = anOffer(
    aCatalogue({
      recommended: 'sha256:2',
      w_2077_43: 'sha256:2',
      d_2077_10_23: 'sha256:1234',
      latest_daily: 'sha256:1234',
      r22_0_1: 'sha256:3',
      w_2077_01: 'sha256:4',
    }),
    { type: 'google', numWeeklies: 1 },
  );
  const old = found('w_2077_01', 'sha256:4', 'Weekly 2077_01');

  test.each<[string, ImageChoice, unknown]>([
    ['a digest', listed('@sha256:4'), old],
    ['a digest under another tag', listed(':w_2077_43@sha256:4'), old],
    ['a digest of aliases too', listed(':latest_daily@sha256:1234'), daily],
    ['a tag', listed(':w_2077_01'), old],
    ['a tag alone', tagged('w_2077_01'), old],
    ...CLASSES,
    ...REFUSALS,
    ['an unknown digest', listed('@sha256:9'), unknownReference('@sha256:9')],
    ['an unknown digest of a tag', listed(':w_2077_43@sha256:9'), unknownReference(':w_2077_43@sha256:9')],
  ])('with a Google registry, %s is resolved', (_, choice, expected) => {
    expect(resolveImage(offer, choice)).toEqual(expected);
  });
});

test.each([
  ['recommended', 'No recommended image found'],
  ['latest-release', 'No latest-release image found'],
  ['latest-weekly', 'No latest-weekly image found'],
  ['latest-daily', 'No latest-daily image found'],
] as const)('class %s is refused where nothing of it is prepulled', (imageClass, message) => {
  const digests = { w_2077_43: 'sha256:1', d_2077_10_23: 'sha256:2', r22_0_1: 'sha256:3' };
  const offer = anOffer(aCatalogue(digests), { numReleases: 0, numWeeklies: 0, numDailies: 0 });
  expect(resolveImage(offer, ofClass(imageClass))).toEqual(refusal('unknown_image', message));
});

describe('where the catalogue has left out tags of a Docker registry', () => {
  const digests = {
    d_2077_10_23: 'sha256:1234',
    w_2077_43: 'sha256:2',
    recommended: 'sha256:2',
    r22_0_1: 'sha256:3',
  };
  const whole = aCatalogue(digests);
  const offer = anOffer({ ...whole, leftOut: 190_000 });
  const unlisted = { tag: 'build_1', registry: 'reg.example', repository: 'lab/sketch', digest: null };

  test('where the catalogue has left out tags of a Docker registry, a tag that is not listed is read from the registry, and a digest is verified there', () => {
    expect(resolveImage(offer, tagged('build_1'))).toMatchObject({ kind: 'read-digest', image: unlisted });
    expect(resolveImage(offer, listed(':build_1'))).toMatchObject({ kind: 'read-digest', image: unlisted });
    expect(resolveImage(offer, listed(':build_1@sha256:99'))).toMatchObject({
      kind: 'verify-digest',
      image: { ...unlisted, digest: 'sha256:99' },
    });
  });

  test.each(['a b', '', '-x', `sha256-${'ab'.repeat(32)}.sig`])(
    'where the catalogue has left out tags of a Docker registry, %j is refused, which is no tag of an image',
    (tag) => {
      expect(resolveImage(offer, tagged(tag))).toMatchObject({
        kind: 'refused',
        refusal: { code: 'unknown_image' },
      });
    },
  );

  test('where the catalogue has left out tags of a Docker registry, what is listed is found as before', () => {
    for (const [, choice, expected] of CLASSES) expect(resolveImage(offer, choice)).toEqual(expected);
    expect(resolveImage(anOffer(whole), tagged('build_1'))).toMatchObject({ kind: 'refused' });
  });
});
