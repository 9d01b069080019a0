import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { fileServerClaimName, fileServerName, fileServerPath } from '../../../src/domain/file-server-key';
import { labKeyParts, userLabelValue } from '../../../src/domain/lab-key';

test('objects of a file server are named after its user', () => {
  expect([
    fileServerName('rachel'),
    fileServerClaimName('rachel', 'home'),
    fileServerPath('/files/', 'rachel'),
  ]).toEqual(['rachel-fs', 'rachel-fs-pvc-home', '/files/rachel']);
});

test.each([
  ['ada.lovelace@example.org', 'ada-lovelace-example-org-'],
  ['Rachel', 'rachel-'],
  ['0-day', 'u0-day-'],
  ['\u{5c0f}\u{6797}', ''],
  ['a-fs-pvc-b', 'a-fs-pvc-b-'],
  ['a-fs-pvc', 'a-fs-pvc-'],
  ['x'.repeat(61), `${'x'.repeat(30)}-`],
])('the username %s is replaced in names, always by the same', (username, readable) => {
  const digest = createHash('sha256').update(username).digest('hex').slice(0, 20);
  const initial = `${readable}${digest}`.match(/^[a-z]/) ? '' : 'u';
  expect(fileServerName(username)).toBe(`${initial}${readable}${digest}--fs`);
});

const dnsLabel = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?$/);

/** Usernames of every kind, and plain ones that look like names made of others. */
const username = fc
  .oneof(
    dnsLabel,
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', 'A', '-', '_', '.', '@', '\u00e9', '0') }),
    fc.stringMatching(/^[A-Za-z0-9._@+-]{1,190}$/),
    fc.stringMatching(/^[ab]{1,2}(-fs|-pvc|-a|-){0,5}$/),
  )
  .chain((name) =>
    fc.constantFrom(
      name,
      fileServerName(name),
      fileServerName(name).replace(/-fs$/, ''),
      fileServerClaimName(name, 'a').slice(0, -3),
      userLabelValue(name),
    ),
  )
  .filter((name) => labKeyParts(name) !== null);

const volume = fc.oneof(dnsLabel, fc.stringMatching(/^[ab](-fs|-pvc|-a){0,5}$/));

test('every user has valid names for a Service, a Job and claims, and a path for an Ingress', () => {
  fc.assert(
    fc.property(username, volume, (user, volume) => {
      expect(fileServerName(user)).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
      expect(fileServerClaimName(user, volume)).toMatch(/^[a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?$/);
      expect(fileServerPath('/files', user)).toMatch(/^\/files\/[A-Za-z0-9_-]+$/);
    }),
  );
});

test('two users share neither a name, nor a claim, nor a path', () => {
  fc.assert(
    fc.property(username, username, volume, volume, (one, other, first, second) => {
      expect(fileServerName(one) === fileServerName(other)).toBe(one === other);
      expect(fileServerPath('', one) === fileServerPath('', other)).toBe(one === other);
      expect(fileServerClaimName(one, first) === fileServerClaimName(other, second)).toBe(
        one === other && first === second,
      );
    }),
    { numRuns: 2_000 },
  );
});

test('a username that looks like the claim of another user makes no name of that claim', () => {
  const [one, other] = ['a', 'a-fs-pvc-b'];
  expect(fileServerClaimName(one, 'b-fs-pvc-c')).not.toBe(fileServerClaimName(other, 'c'));
  expect(fileServerClaimName(one, 'fs-pvc-c')).not.toBe(fileServerClaimName('a-fs-pvc', 'c'));
});
