import { isTargetNamespace, isTargetPod, type LabTarget } from '../../../src/domain/lab-address';

const PLACE = { username: 'rachel', namespace: 'lab-rachel' };
const OURS = { uid: 'ours', spawnId: 'a' };
const OTHER = { uid: 'other', spawnId: 'b' };
const FOREIGN = { uid: 'foreign', spawnId: null };

const target = (identity: Partial<LabTarget>): LabTarget => ({ ...PLACE, ...identity });

test.each<[string, Partial<LabTarget>]>([
  ['its spawn', { spawnId: 'a' }],
  ['its spawn, whatever UID was told', { spawnId: 'a', podUid: 'told' }],
  ['its UID, where it has no spawn', { spawnId: null, podUid: 'ours' }],
])('a pod is recognised by %s', (_, identity) => {
  expect(isTargetPod(target(identity), OURS)).toBe(true);
  expect(isTargetPod(target(identity), OTHER)).toBe(false);
  expect(isTargetPod(target(identity), FOREIGN)).toBe(false);
});

test.each<[string, Partial<LabTarget>]>([
  ['its spawn', { spawnId: 'a' }],
  ['its UID before its spawn', { spawnId: 'b', namespaceUid: 'ours' }],
  ['its UID, where it has no spawn', { spawnId: null, namespaceUid: 'ours' }],
])('a namespace is recognised by %s', (_, identity) => {
  expect(isTargetNamespace(target(identity), OURS)).toBe(true);
  expect(isTargetNamespace(target(identity), OTHER)).toBe(false);
  expect(isTargetNamespace(target(identity), FOREIGN)).toBe(false);
});

test('where nothing but the place is known, as in what earlier versions ask for, the name decides', () => {
  expect(isTargetPod(PLACE, OTHER)).toBe(true);
  expect(isTargetNamespace(PLACE, OTHER)).toBe(true);
  expect(isTargetNamespace(target({ spawnId: null, podUid: 'ours' }), FOREIGN)).toBe(true);
});
