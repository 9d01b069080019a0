import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import {
  AUTOMATIC_VOLUMES,
  baseName,
  canNameObjects,
  claimName,
  environmentConfigMapName,
  fileKey,
  filesConfigMapName,
  hubSecretKey,
  namespaceName,
  nssConfigMapName,
  PULL_SECRET_NAME,
  podName,
  userLabelValue,
} from '../../../src/domain/names';

test('a lab lives in a namespace named by the prefix and its user', () => {
  expect(namespaceName('nublado', 'rachel')).toBe('nublado-rachel');
});

test('objects of a lab are named after its user', () => {
  expect([
    podName('rachel'),
    environmentConfigMapName('rachel'),
    filesConfigMapName('rachel'),
    nssConfigMapName('rachel'),
    claimName('rachel', 'home'),
  ]).toEqual(['rachel-nb', 'rachel-nb-env', 'rachel-nb-files', 'rachel-nb-nss', 'rachel-nb-pvc-home']);
});

test.each([
  ['/opt/lsst/lsst_dask.yml', 'lsst-dask-yml'],
  ['/etc/a.b_c.d', 'a-b-c-d'],
  ['/plain', 'plain'],
])('the file %p has the key %p', (path, key) => {
  expect(fileKey(path)).toBe(key);
});

test('a base name is what follows the last slash', () => {
  expect([baseName('/a/b.c'), baseName('b'), baseName('/a/')]).toEqual(['b.c', 'b', '']);
});

test('keys of hub secrets are valid in a Kubernetes secret', () => {
  expect(hubSecretKey('JPY_API_TOKEN')).toBe('hub-env.JPY_API_TOKEN');
});

test('automatic volumes have valid, different names', () => {
  const names = Object.values(AUTOMATIC_VOLUMES);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  }
});

const EMAIL = 'ada.lovelace@example.org';
const PLAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

test.each(['rachel', 'bot-a-1', '0', '1x', 'a--b', `ada--${'0'.repeat(20)}`, 'x'.repeat(55)])(
  'the username %s stands in names as it is',
  (username) => {
    expect([namespaceName('nublado', username), podName(username), userLabelValue(username)]).toEqual([
      `nublado-${username}`,
      `${username}-nb`,
      username,
    ]);
  },
);

test.each([
  [EMAIL, 'ada-lovelace-example-org-', 'ada-lovelace-example-org_'],
  ['Rachel', 'rachel-', 'rachel_'],
  ['-ra_chel-', 'ra-chel-', 'ra-chel_'],
  ['\u{5c0f}\u{6797}', '', 'user_'],
])('the username %s is replaced in names, always by the same', (username, inNames, inLabels) => {
  const digest = createHash('sha256').update(username).digest('hex').slice(0, 20);
  expect([namespaceName('nublado', username), podName(username), userLabelValue(username)]).toEqual([
    `nublado--${inNames}${digest}`,
    `${inNames}${digest}-nb`,
    `${inLabels}${digest}`,
  ]);
});

test('a plain username too long for a namespace is shortened there alone', () => {
  const username = 'x'.repeat(60);
  expect(userLabelValue(username)).toBe(username);
  expect(namespaceName('nublado', username)).toMatch(/^nublado--x{30}-[0-9a-f]{20}$/);
});

test.each([
  ['rachel', true],
  ['x'.repeat(56), true],
  [EMAIL, true],
  ['', false],
  ['ra/chel', false],
  ['..', false],
])('whether objects can be named after the user %j: %p', (username, expected) => {
  expect(canNameObjects('nublado', username)).toBe(expected);
});

test('a prefix that leaves no room for a digest allows usernames that fit as they are', () => {
  const prefix = 'p'.repeat(50);
  expect(['rachel', EMAIL].map((username) => canNameObjects(prefix, username))).toEqual([true, false]);
});

const dnsLabel = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/);

/** Usernames of every kind, many of them near to each other, and plain ones that look like names made of others. */
const username = fc
  .oneof(
    dnsLabel,
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', 'A', '-', '_', '.', '@', '\u00e9', '0') }),
    fc.stringMatching(/^[A-Za-z0-9._@+-]{1,190}$/),
    fc.constantFrom('nb', 'pull-secret', 'a-nb'),
  )
  .chain((name) =>
    fc.constantFrom(
      name,
      namespaceName('p', name),
      namespaceName('p', name).slice(2),
      userLabelValue(name),
      podName(name),
    ),
  )
  .filter((name) => canNameObjects('p', name));

const nameable = fc.tuple(dnsLabel, username).filter(([prefix, user]) => canNameObjects(prefix, user));

/** Every name that a lab's objects have, by kind. */
const namesOf = (user: string, volumes: readonly string[]) => ({
  Secret: [podName(user), PULL_SECRET_NAME],
  ConfigMap: [environmentConfigMapName(user), filesConfigMapName(user), nssConfigMapName(user)],
  PersistentVolumeClaim: volumes.map((volume) => claimName(user, volume)),
});

test('every user who can have objects has valid names for them, each once', () => {
  const volumes = fc.uniqueArray(dnsLabel, { maxLength: 4 });
  fc.assert(
    fc.property(nameable, volumes, ([prefix, user], volumes) => {
      expect(namespaceName(prefix, user)).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      expect(userLabelValue(user)).toMatch(/^[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/);
      for (const names of Object.values(namesOf(user, volumes))) {
        expect(new Set(names).size).toBe(names.length);
        expect(names.filter((name) => !/^[a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?$/.test(name))).toEqual([]);
      }
    }),
  );
});

test('names made of a username that is not plain are those of no plain one', () => {
  fc.assert(
    fc.property(dnsLabel, username, (prefix, user) => {
      fc.pre(!PLAIN.test(user));
      expect(namespaceName(prefix, user).slice(prefix.length + 1)).not.toMatch(PLAIN);
      expect(userLabelValue(user)).not.toMatch(PLAIN);
    }),
  );
});

test('two users share neither a namespace nor the value of a label', () => {
  fc.assert(
    fc.property(dnsLabel, username, username, (prefix, one, other) => {
      expect(namespaceName(prefix, one) === namespaceName(prefix, other)).toBe(one === other);
      expect(userLabelValue(one) === userLabelValue(other)).toBe(one === other);
    }),
  );
});
