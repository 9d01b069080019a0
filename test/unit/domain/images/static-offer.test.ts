import { resolveImage } from '../../../../src/domain/images/selection';
import { staticOffer } from '../../../../src/domain/images/static-offer';
import { missingPulls } from '../../../../src/domain/prepull';
import { aNode } from '../../../support/image-catalogue';

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
