import { AUTOMATIC_VOLUMES, baseName, fileKey, hubSecretKey } from '../../../src/domain/names';

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
