import type { V1Pod } from '@kubernetes/client-node';
import { observer, prover } from '../../support/sealing';

function aPod(changes: V1Pod['metadata'] = {}, podIP: string | undefined = '10.0.0.1'): V1Pod {
  return {
    metadata: {
      name: 'rachel-nb',
      namespace: 'lab-rachel',
      uid: 'pod-1',
      labels: { 'nublado.lsst.io/spawn-id': 'op-1' },
      ...changes,
    },
    status: { podIP },
  };
}

test('the address of a user’s pod is proven', () => {
  const { addressProof = {} } = observer.observe('rachel', aPod());
  const address = { podUid: 'pod-1', spawnId: 'op-1', podIp: '10.0.0.1', proof: addressProof };
  expect(prover.isProven({ username: 'rachel', namespace: 'lab-rachel' }, address)).toBe(true);
});

test.each([
  ['in another namespace, whatever its labels', 'rachel', aPod({ namespace: 'mine' })],
  ['of another name', 'rachel', aPod({ name: 'mine' })],
  ['of another user', 'ross', aPod()],
])('a pod %s gets no proof', (_what, username, pod) => {
  expect(observer.observe(username, pod)).not.toHaveProperty('addressProof');
});

test('a pod without an address gets no proof', () => {
  const pod = { ...aPod(), status: {} };
  expect(observer.observe('rachel', pod)).not.toHaveProperty('addressProof');
});
