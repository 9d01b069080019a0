import { createSecretKey, randomBytes } from 'node:crypto';
import { sealingKeys } from '../../../src/sealing/keys';
import { createSealer, SealMismatch } from '../../../src/sealing/sealer';

const rachel = {
  workflowId: 'lab-rachel',
  terms: { operationId: 'op-1', plan: { image: 'one', uid: 1101 } },
};
const plaintext = 'gt-tökén 🔭';

const newKey = (id: string) => ({ id, key: createSecretKey(randomBytes(32)) });
const first = newKey('2024-01');
const second = newKey('2024-02');
const sealer = createSealer(sealingKeys([first]));

test('what was sealed opens for the same lab', () => {
  expect(sealer.open(sealer.seal(plaintext, rachel), rachel)).toBe(plaintext);
  expect(sealer.open(sealer.seal('', rachel), rachel)).toBe('');
});

test('what was sealed opens for the same terms after they have been through JSON in another order', () => {
  const { operationId, plan } = rachel.terms;
  const terms = JSON.parse(JSON.stringify({ plan: { uid: plan.uid, image: plan.image }, operationId }));
  expect(sealer.open(sealer.seal(plaintext, rachel), { ...rachel, terms })).toBe(plaintext);
});

test('a value of a later form is not known, which is no refusal', () => {
  const later = { ...sealer.seal(plaintext, rachel), version: 2 };

  expect(() => sealer.open(later, rachel)).toThrow(
    'sealed values of version 2 are not known; lab-rachel needs them',
  );
  expect(() => sealer.open(later, rachel)).not.toThrow(SealMismatch);
});

test('a sealed value is JSON and shows nothing of its content', () => {
  const sealed = sealer.seal(plaintext, rachel);
  expect(JSON.parse(JSON.stringify(sealed))).toEqual(sealed);
  expect(sealed.keyId).toBe('2024-01');
  expect(Buffer.from(sealed.iv, 'base64')).toHaveLength(12);
  expect(Buffer.from(sealed.ciphertext, 'base64').includes('gt-')).toBe(false);
});

test('sealing twice gives different values', () => {
  const [one, two] = [sealer.seal(plaintext, rachel), sealer.seal(plaintext, rachel)];
  expect(one.iv).not.toBe(two.iv);
  expect(one.ciphertext).not.toBe(two.ciphertext);
});

test.each([
  ['workflow', { ...rachel, workflowId: 'lab-ross' }],
  ['operation', { ...rachel, terms: { ...rachel.terms, operationId: 'op-2' } }],
  ['image', { ...rachel, terms: { ...rachel.terms, plan: { image: 'two', uid: 1101 } } }],
  ['user ID', { ...rachel, terms: { ...rachel.terms, plan: { image: 'one', uid: 0 } } }],
  ['version of the configuration', { configuration: 'lab-rachel' }],
])('a sealed value does not open for another %s', (_, context) => {
  const sealed = sealer.seal(plaintext, rachel);
  expect(() => sealer.open(sealed, context)).toThrow(/does not open/);
});

test.each(['iv', 'ciphertext', 'tag'] as const)(
  'a changed %s does not open, and the error has no data',
  (part) => {
    const sealed = sealer.seal(plaintext, rachel);
    const bytes = Buffer.from(sealed[part], 'base64');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    const changed = { ...sealed, [part]: bytes.toString('base64') };
    const problem = 'a value sealed with key "2024-01" does not open for lab-rachel';
    expect(() => sealer.open(changed, rachel)).toThrow(new RegExp(`^${problem}: it was changed, [a-z ,]+$`));
  },
);

test('a shortened tag does not open', () => {
  const sealed = sealer.seal(plaintext, rachel);
  const tag = Buffer.from(sealed.tag, 'base64').subarray(0, 4).toString('base64');
  expect(() => sealer.open({ ...sealed, tag }, rachel)).toThrow(/does not open/);
});

test('the newest key seals, and older ones still open', () => {
  const old = sealer.seal(plaintext, rachel);
  const rotated = createSealer(sealingKeys([second, first]));
  expect(rotated.seal(plaintext, rachel).keyId).toBe('2024-02');
  expect(rotated.open(old, rachel)).toBe(plaintext);
});

test('a key that is gone is named', () => {
  const sealed = createSealer(sealingKeys([second])).seal(plaintext, rachel);
  expect(() => sealer.open(sealed, rachel)).toThrow(
    'sealing key "2024-02" is not known; lab-rachel needs it',
  );
});
