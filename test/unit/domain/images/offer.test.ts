import type { ImageOffer } from '../../../../src/domain/images/offer';
import { offerOf, staticOffer } from '../../../../src/domain/images/offer';
import { imageList, prepullStatus } from '../../../../src/domain/images/reports';
import { resolveImage } from '../../../../src/domain/images/selection';
import { missingPulls } from '../../../../src/domain/prepull';
import {
  aCatalogue,
  aNode,
  anOffer,
  aTaintedNode,
  imageDefaults,
  noFilter,
  noFilters,
} from '../../../support/image-catalogue';

const DIGESTS = {
  d_2077_10_23: 'sha256:d',
  exp_other: null,
  recommended: 'sha256:w',
  r22_0_1: 'sha256:r',
  'r22_0_1-amd64': null,
  w_2077_42: 'sha256:v',
  w_2077_43: 'sha256:w',
};

const EVERYTHING = ['sha256:d', 'sha256:r', 'sha256:v', 'sha256:w'];

const names = (entries: ImageOffer['menu']) => entries.map(({ name }) => name);

test('radio buttons are what is on every eligible node, the recommended image first', () => {
  const offer = anOffer(
    aCatalogue(DIGESTS, [
      aNode('a', EVERYTHING),
      aNode('b', ['sha256:w', 'sha256:d']),
      aTaintedNode('c', ['sha256:r']),
      aTaintedNode('d'),
    ]),
  );
  expect(offer.menu).toEqual([
    {
      reference: 'reg.example/lab/sketch:recommended@sha256:w',
      name: 'Recommended (Weekly 2077_43)',
      isCached: true,
    },
    { reference: 'reg.example/lab/sketch:d_2077_10_23@sha256:d', name: 'Daily 2077_10_23', isCached: true },
  ]);
});

test('the recommended image is shown before any node has it, and marked', () => {
  const { menu } = anOffer(aCatalogue(DIGESTS, [aNode('a')]));
  expect(menu).toEqual([expect.objectContaining({ name: 'Recommended (Weekly 2077_43)', isCached: false })]);
});

test('without eligible nodes all of the prepull set is shown', () => {
  const { menu } = anOffer(aCatalogue(DIGESTS, [aTaintedNode('a')]));
  expect(names(menu)).toEqual([
    'Recommended (Weekly 2077_43)',
    'Release r22.0.1',
    'Weekly 2077_42',
    'Daily 2077_10_23',
  ]);
});

test('an image whose digest could not be read has no radio button, unless it is the recommended one', () => {
  const { menu } = anOffer(aCatalogue({ recommended: null, w_2077_43: null, w_2077_42: 'sha256:v' }));
  expect(menu).toEqual([
    { reference: 'reg.example/lab/sketch:recommended', name: 'Recommended', isCached: false },
    { reference: 'reg.example/lab/sketch:w_2077_42@sha256:v', name: 'Weekly 2077_42', isCached: true },
  ]);
});

test('a concrete recommended image is shown, and so is an alias that stands for it', () => {
  const { menu } = anOffer(aCatalogue({ latest: 'sha256:w', w_2077_43: 'sha256:w' }), {
    recommendedTag: 'w_2077_43',
    type: 'google',
    pin: ['latest'],
  });
  expect(names(menu)).toEqual(['Weekly 2077_43', 'Latest (Weekly 2077_43)']);
});

test('the drop-down has every image that is for no architecture, pinned where its digest is known', () => {
  const { dropdown } = anOffer(aCatalogue(DIGESTS));
  expect(dropdown.map(({ reference }) => reference)).toEqual([
    'reg.example/lab/sketch:recommended@sha256:w',
    'reg.example/lab/sketch:r22_0_1@sha256:r',
    'reg.example/lab/sketch:w_2077_43@sha256:w',
    'reg.example/lab/sketch:w_2077_42@sha256:v',
    'reg.example/lab/sketch:d_2077_10_23@sha256:d',
    'reg.example/lab/sketch:exp_other',
  ]);
});

test('the drop-down counts only what it shows', () => {
  const tags = { 'w_2077_43-amd64': null, w_2077_42: null, w_2077_41: null };
  const settings = {
    images: { ...imageDefaults, source: { type: 'docker' as const } },
    dropdownMenu: { ...noFilters, weekly: { ...noFilter, number: 1 } },
  };
  expect(names(offerOf(aCatalogue(tags), settings, 0).dropdown)).toEqual(['Weekly 2077_42']);
});

test.each([
  [{}, null],
  [{ recommendedTag: 'none' }, 'unknown-tag'],
  [{ cycle: 50 }, 'other-cycle'],
])('with %j the problem of the recommended image is %j', (settings, problem) => {
  const offer = anOffer(aCatalogue(DIGESTS), settings);
  expect(offer.recommendedProblem).toBe(problem);
  expect(offer.recommended === null).toBe(problem !== null);
});

test('the latest of a type is not one for an architecture, if there is another', () => {
  const offer = anOffer(aCatalogue({ 'w_2077_44-arm64': 'sha256:1', w_2077_43: 'sha256:2' }), {
    pin: ['w_2077_44-arm64'],
  });
  expect(offer.latestWeekly?.tag).toBe('w_2077_43');
  const only = anOffer(aCatalogue({ 'w_2077_44-arm64': 'sha256:1' }), { pin: ['w_2077_44-arm64'] });
  expect(only.latestWeekly?.tag).toBe('w_2077_44-arm64');
});

test('images are listed for administrators', () => {
  const list = imageList(anOffer(aCatalogue(DIGESTS, [aNode('a', ['sha256:w'])]), { numReleases: 0 }));
  const weekly = {
    reference: 'reg.example/lab/sketch:w_2077_43',
    tag: 'w_2077_43',
    name: 'Weekly 2077_43',
    digest: 'sha256:w',
    aliases: ['recommended'],
    isPrepulled: true,
  };
  expect(list).toMatchObject({
    recommended: { tag: 'recommended', aliases: ['w_2077_43'], isPrepulled: true },
    latestRelease: null,
    latestWeekly: weekly,
    latestDaily: { tag: 'd_2077_10_23', isPrepulled: false },
  });
  expect(list.all.map(({ tag }) => tag)).toEqual([
    'recommended',
    'r22_0_1',
    'w_2077_43',
    'w_2077_42',
    'd_2077_10_23',
    'exp_other',
  ]);
  expect(list.all[2]).toEqual(weekly);
  expect(list.all[5]).toMatchObject({ digest: null, aliases: [], isPrepulled: false });
});

test('the state of prepulling is reported by image and by node', () => {
  const nodes = [
    aNode('b', ['sha256:w', 'sha256:arm']),
    aTaintedNode('c', ['sha256:r', 'sha256:w']),
    aNode('a', ['sha256:w', 'sha256:r']),
  ];
  const catalogue = aCatalogue({ ...DIGESTS, 'w_2077_01-arm64': 'sha256:arm' }, nodes);
  const status = prepullStatus(
    anOffer(catalogue, { numWeeklies: 1, numDailies: 0, pin: ['w_2077_01-arm64'] }),
  );
  const image = (tag: string, name: string, digest: string) => ({
    reference: `reg.example/lab/sketch:${tag}`,
    tag,
    name,
    digest,
    size: 10,
  });
  expect(status).toEqual({
    prepulled: [{ ...image('w_2077_43', 'Weekly 2077_43', 'sha256:w'), nodes: ['a', 'b', 'c'], missing: [] }],
    pending: [
      { ...image('r22_0_1', 'Release r22.0.1', 'sha256:r'), nodes: ['a', 'c'], missing: ['b'] },
      {
        ...image('w_2077_01-arm64', 'Weekly 2077_01 [arm64]', 'sha256:arm'),
        nodes: ['b'],
        missing: ['a'],
      },
    ],
    nodes: [
      {
        name: 'b',
        isEligible: true,
        comment: null,
        cached: ['reg.example/lab/sketch:w_2077_43', 'reg.example/lab/sketch:w_2077_01-arm64'],
      },
      {
        name: 'c',
        isEligible: false,
        comment: 'Node is tainted (NoSchedule, gpu)',
        cached: ['reg.example/lab/sketch:r22_0_1', 'reg.example/lab/sketch:w_2077_43'],
      },
      {
        name: 'a',
        isEligible: true,
        comment: null,
        cached: ['reg.example/lab/sketch:r22_0_1', 'reg.example/lab/sketch:w_2077_43'],
      },
    ],
  });
});

const pinned = { name: 'Base', reference: 'reg.example/base:latest@sha256:1111' };
const moving = { name: 'Science', reference: 'other.example/science:latest' };
const source = { type: 'static', images: [pinned, moving], recommended: 'Science' } as const;

test('a fixed list is offered whole, the recommended image first', () => {
  const { menu, dropdown, recommended } = staticOffer(source, []);
  expect(menu).toEqual([
    { ...moving, isCached: true },
    { ...pinned, isCached: true },
  ]);
  expect(dropdown).toEqual([
    { ...pinned, isCached: true },
    { ...moving, isCached: true },
  ]);
  expect(recommended?.displayName).toBe('Science');
});

test('images of a fixed list may share their tags', () => {
  const offer = staticOffer(source, []);
  const byReference = (reference: string) => resolveImage(offer, { field: 'image_list', reference });
  expect(byReference(pinned.reference)).toEqual({
    kind: 'found',
    image: { ...pinned, digest: 'sha256:1111' },
  });
  expect(byReference(moving.reference)).toEqual({ kind: 'found', image: { ...moving, digest: null } });
});

test('nothing of a fixed list is prepulled', () => {
  expect(missingPulls(staticOffer(source, [aNode('a')]))).toEqual([]);
});
