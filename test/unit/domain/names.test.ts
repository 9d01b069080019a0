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
