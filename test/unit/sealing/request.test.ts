import { createSecretKey, randomBytes } from 'node:crypto';
import { sealingKeys } from '../../../src/sealing/keys';
import { requireSeal, sealRequest } from '../../../src/sealing/request';
import { createSealer, SealMismatch } from '../../../src/sealing/sealer';

const newKey = (id: string) => ({ id, key: createSecretKey(randomBytes(32)) });
const sealer = createSealer(sealingKeys([newKey('2077')]));
const request = { operationId: 'first', timeouts: { operationMs: 1 }, requester: null };
const sealed = sealRequest(request, 'fsadmin', sealer);

test('a request that is as it was sealed is accepted, also after it has been through JSON', () => {
  expect(sealed).toMatchObject(request);
  expect(() => requireSeal(JSON.parse(JSON.stringify(sealed)), 'fsadmin', sealer)).not.toThrow();
});

test.each<[string, typeof sealed, string]>([
  ['with another field', { ...sealed, operationId: 'second' }, 'fsadmin'],
  ['with another value within a field', { ...sealed, timeouts: { operationMs: 2 } }, 'fsadmin'],
  ['with a further field', { ...sealed, more: 1 } as typeof sealed, 'fsadmin'],
  ['for another workflow', sealed, 'fsadmin-2'],
  [
    'with the seal of another request',
    { ...sealed, seal: sealer.seal('', { workflowId: 'fsadmin', terms: {} }) },
    'fsadmin',
  ],
])('a request %s is refused', (_what, changed, workflowId) => {
  expect(() => requireSeal(changed, workflowId, sealer)).toThrow(SealMismatch);
});

test('a request sealed by a key of another installation is refused', () => {
  const others = createSealer(sealingKeys([newKey('2077')]));
  expect(() => requireSeal(sealRequest(request, 'fsadmin', others), 'fsadmin', sealer)).toThrow(SealMismatch);
});
