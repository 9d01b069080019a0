import { provenAddressesOnly } from '../../../../src/api/services/labs';
import type { ProvenAddress } from '../../../../src/domain/lab-address';
import { aRecord } from '../../../support/record-builder';
import { prover } from '../../../support/sealing';

const PLACE = { username: 'rachel', namespace: 'lab-rachel' };
const FACTS = { podUid: 'pod-1', spawnId: 'op-1', podIp: '10.0.0.1' };
const ADDRESS: ProvenAddress = { ...FACTS, proof: prover.prove(PLACE, FACTS) };
const URL = 'http://10.0.0.1:8888/nb/user/rachel/';

const unproven: string[] = [];

beforeEach(() => {
  unproven.length = 0;
});

/** The URL that the API shows of a lab with such a record. */
async function shown(
  internalUrl: string | null,
  address: ProvenAddress | undefined,
  { username = 'rachel', namespace = 'lab-rachel' } = {},
): Promise<string | null> {
  const lab = {
    ...aRecord(),
    namespace,
    internalUrl,
    ...(address && { address }),
    status: 'running' as const,
  };
  const onUnproven = (user: string) => void unproven.push(user);
  const read = provenAddressesOnly({ read: async () => lab }, { prover, onUnproven });
  return (await read(username)).internalUrl;
}

test('a lab’s URL is shown where its address is proven', async () => {
  expect(await shown(URL, ADDRESS)).toBe(URL);
  expect(unproven).toEqual([]);
});

test('a lab without a URL needs no proof', async () => {
  expect(await shown(null, undefined)).toBeNull();
  expect(unproven).toEqual([]);
});

const ELSEWHERE = { ...ADDRESS, podIp: '10.6.6.6' };

test.each<[string, string, ProvenAddress | undefined, { username?: string; namespace?: string }]>([
  ['without a proof', URL, undefined, {}],
  ['to which the address was changed with the URL', 'http://10.6.6.6:8888/nb/user/rachel/', ELSEWHERE, {}],
  ['that is not at the proven address', 'http://10.6.6.6:8888/nb/user/rachel/', ADDRESS, {}],
  ['of another port', 'http://10.0.0.1:22/nb/user/rachel/', ADDRESS, {}],
  ['of another scheme', 'https://10.0.0.1:8888/nb/user/rachel/', ADDRESS, {}],
  ['with the address as a user name', 'http://10.0.0.1:8888@10.6.6.6/', ADDRESS, {}],
  ['with the address as a part of a name', 'http://10.0.0.1:8888.evil.example/', ADDRESS, {}],
  ['of another user’s pod', URL, ADDRESS, { username: 'ross' }],
  ['of a pod in another namespace', URL, ADDRESS, { namespace: 'mine' }],
])('a URL %s is not shown, and that is reported', async (_what, url, address, whose) => {
  expect(await shown(url, address, whose)).toBeNull();
  expect(unproven).toEqual([whose.username ?? 'rachel']);
});
