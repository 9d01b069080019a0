import { withImageOnNode } from '../../../src/domain/images/catalogue';
import { missingPulls } from '../../../src/domain/prepull';
import type { WantedPull } from '../../../src/domain/pull';
import { aCatalogue, aNode, anOffer, aTaintedNode } from '../../support/image-catalogue';

const pairs = (pulls: readonly WantedPull[]) => pulls.map(({ node, tag }) => [node, tag]);

const DIGESTS = {
  recommended: 'sha256:w',
  w_2077_43: 'sha256:w',
  d_2077_10_23: 'sha256:d',
  r22_0_1: 'sha256:r',
  w_2077_42: null,
  w_2077_41: 'sha256:old',
  'w_2077_40-arm64': 'sha256:arm',
};

test('eligible nodes lack each digest once, first of all the recommended one', () => {
  const nodes = [aNode('a', ['sha256:d']), aTaintedNode('b'), aNode('c')];
  const offer = anOffer(aCatalogue(DIGESTS, nodes), { pin: ['w_2077_40-arm64'] });
  expect(pairs(missingPulls(offer))).toEqual([
    ['a', 'w_2077_43'],
    ['c', 'w_2077_43'],
    ['a', 'r22_0_1'],
    ['c', 'r22_0_1'],
    ['a', 'w_2077_40-arm64'],
    ['c', 'w_2077_40-arm64'],
    ['c', 'd_2077_10_23'],
  ]);
  expect(missingPulls(offer)[0]).toEqual({
    node: 'a',
    tag: 'w_2077_43',
    digest: 'sha256:w',
    reference: 'reg.example/lab/sketch:w_2077_43@sha256:w',
    name: 'Weekly 2077_43',
  });
});

test('what has been pulled is lacking no more, and a node that is gone does not return', () => {
  const catalogue = aCatalogue({ w_2077_43: 'sha256:w' }, [aNode('a'), aNode('b')]);
  const pulled = withImageOnNode(catalogue, { node: 'a', digest: 'sha256:w' });
  expect(pairs(missingPulls(anOffer(pulled)))).toEqual([['b', 'w_2077_43']]);
  expect(withImageOnNode(pulled, { node: 'a', digest: 'sha256:w' })).toEqual(pulled);
  expect(withImageOnNode(pulled, { node: 'gone', digest: 'sha256:w' })).toEqual(pulled);
});
