import type { PodAddress } from '../../../src/domain/lab-address';
import { createAddressProver } from '../../../src/sealing/address-proof';
import { sealingKeys } from '../../../src/sealing/keys';
import { aKey } from '../../support/sealing';

const PLACE = { username: 'rachel', namespace: 'lab-rachel' };
const ADDRESS: PodAddress = { podUid: 'pod-1', spawnId: 'op-1', podIp: '10.0.0.1' };

const [first, second, third] = [aKey('2024-01'), aKey('2024-02'), aKey('2024-03')] as const;
const proverWith = (...keys: Parameters<typeof sealingKeys>[0]) => createAddressProver(sealingKeys(keys));
const prover = proverWith(first);
const proven = { ...ADDRESS, proof: prover.prove(PLACE, ADDRESS) };

test('a proof holds for what it was made for, also in another process and after JSON', () => {
  expect(proverWith(first).isProven(PLACE, JSON.parse(JSON.stringify(proven)))).toBe(true);
});

test.each([
  ['address', PLACE, { ...proven, podIp: '10.0.0.66' }],
  ['pod', PLACE, { ...proven, podUid: 'pod-2' }],
  ['spawn', PLACE, { ...proven, spawnId: 'op-2' }],
  ['spawn of another controller', PLACE, { ...proven, spawnId: null }],
  ['user', { ...PLACE, username: 'ross' }, proven],
  ['namespace', { ...PLACE, namespace: 'lab-ross' }, proven],
])('a proof does not hold for another %s', (_what, place, address) => {
  expect(prover.isProven(place, address)).toBe(false);
});

test.each([
  ['none', {}],
  ['an empty one', { '2024-01': '' }],
  ['one by a key that is not known', proverWith(second).prove(PLACE, ADDRESS)],
  ['one by another key of that name', proverWith(aKey('2024-01')).prove(PLACE, ADDRESS)],
  ['one under the name of what every object has', { constructor: 'x', toString: 'y' }],
])('%s proves nothing', (_what, proof) => {
  expect(prover.isProven(PLACE, { ...ADDRESS, proof })).toBe(false);
});

test('while a key is added, processes with and without it accept each other’s proofs', () => {
  const rotated = proverWith(first, second);
  expect(rotated.isProven(PLACE, proven)).toBe(true);
  expect(prover.isProven(PLACE, { ...ADDRESS, proof: rotated.prove(PLACE, ADDRESS) })).toBe(true);
});

test('a proof is fresh as long as the newest key holds it, and lasts when older ones are removed', () => {
  const rotated = proverWith(first, second);
  expect(rotated.isFresh(PLACE, proven)).toBe(false);
  const renewed = { ...ADDRESS, proof: rotated.prove(PLACE, ADDRESS) };
  expect(rotated.isFresh(PLACE, renewed)).toBe(true);
  expect(proverWith(second).isProven(PLACE, renewed)).toBe(true);
});

test('a proof does not grow with the number of keys that are kept', () => {
  const proof = proverWith(first, second, third).prove(PLACE, ADDRESS);
  expect(Object.keys(proof)).toEqual(['2024-02', '2024-03']);
});
