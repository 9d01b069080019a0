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

test.each([
  ['rachel', true],
  ['bot-a-1', true],
  ['0', true],
  ['x'.repeat(55), true],
  ['x'.repeat(56), false],
  ['', false],
  ['Rachel', false],
  ['ra_chel', false],
  ['ra.chel', false],
  ['ra/chel', false],
  ['-rachel', false],
  ['rachel-', false],
  ['rachél', false],
])('whether objects can be named after the user %j: %p', (username, expected) => {
  expect(canNameObjects('nublado', username)).toBe(expected);
});

const dnsLabel = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/);
const username = fc.oneof(
  dnsLabel,
  fc.string({ unit: 'binary' }),
  fc.constantFrom('nb', 'pull-secret', 'a-nb'),
);
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
      expect(user).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      for (const names of Object.values(namesOf(user, volumes))) {
        expect(new Set(names).size).toBe(names.length);
        expect(names.filter((name) => !/^[a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?$/.test(name))).toEqual([]);
      }
    }),
  );
});

test('two users never share a namespace', () => {
  fc.assert(
    fc.property(dnsLabel, username, username, (prefix, one, other) => {
      expect(namespaceName(prefix, one) === namespaceName(prefix, other)).toBe(one === other);
    }),
  );
});
