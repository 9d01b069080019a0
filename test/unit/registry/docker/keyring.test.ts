import { matchingEntries } from '../../../../src/registry/docker/credentials';

/** The names of the entries that count for an image, in the order in which they are tried. */
const found = (names: readonly string[], registry: string, repository = 'team/lab') =>
  matchingEntries(
    names.map((name) => ({ name, value: null })),
    registry,
    repository,
  ).map(({ name }) => name);

const REGISTRY = 'registry.example.org';

test.each<[string, string[], string[]]>([
  ['a host', [REGISTRY], [REGISTRY]],
  ['a URL', [`https://${REGISTRY}`, `http://${REGISTRY}/`], [`https://${REGISTRY}`, `http://${REGISTRY}/`]],
  [
    'the version of an API',
    [`https://${REGISTRY}/v1/`, `${REGISTRY}/v2/`],
    [`https://${REGISTRY}/v1/`, `${REGISTRY}/v2/`],
  ],
  [
    'a path behind the version',
    [`https://${REGISTRY}/v2/team`, `${REGISTRY}/v2/other`],
    [`https://${REGISTRY}/v2/team`],
  ],
  [
    'paths, the longest first',
    [REGISTRY, `${REGISTRY}/team/lab`, `${REGISTRY}/team`],
    [`${REGISTRY}/team/lab`, `${REGISTRY}/team`, REGISTRY],
  ],
  ['other paths', [`${REGISTRY}/other`, `${REGISTRY}/team/lab/more`, `${REGISTRY}/lab`], []],
  ['a path that ends within a name', [`${REGISTRY}/tea`], [`${REGISTRY}/tea`]],
  ['a glob', ['*.example.org'], ['*.example.org']],
  [
    'globs within labels',
    ['reg*.exam*le.org', '*.*.org', 're*y.example.*'],
    ['reg*.exam*le.org', 're*y.example.*', '*.*.org'],
  ],
  ['classes', ['[qrs]egistry.example.org'], ['[qrs]egistry.example.org']],
  ['exact names before globs', ['*.example.org', REGISTRY], [REGISTRY, '*.example.org']],
  ['a glob of fewer labels', ['*.org', '*'], []],
  ['a glob of more labels', ['*.registry.example.org'], []],
  ['another port', [`${REGISTRY}:5000`], []],
  ['another case', [`https://Registry.Example.ORG`], [`https://Registry.Example.ORG`]],
  ['nothing', ['', '/', 'https://', '/team'], []],
])('of entries with %s those that fit are tried in order', (_, names, expected) => {
  expect(found(names, REGISTRY)).toEqual(expected);
});

test('the port must be the same', () => {
  const names = ['localhost', 'localhost:5000', 'localhost:5001', '*:5000'];

  expect(found(names, 'localhost:5000')).toEqual(['localhost:5000', '*:5000']);
});

test.each<[string, string[], string[]]>([
  ['docker.io', ['https://index.docker.io/v1/', 'docker.io'], ['docker.io']],
  ['docker.io', ['https://index.docker.io/v1/', 'other.org'], ['https://index.docker.io/v1/']],
  ['index.docker.io', ['docker.io'], ['docker.io']],
  ['docker.io', ['registry-1.docker.io'], ['registry-1.docker.io']],
  ['docker.io', ['docker.io/team', 'docker.io/other'], ['docker.io/team']],
  ['registry.example.org', ['https://index.docker.io/v1/'], []],
])('for %s of the entries %j', (registry, names, expected) => {
  expect(found(names, registry)).toEqual(expected);
});

test('where the kubelet finds none, the first entry of a parent domain counts', () => {
  expect(found(['org', 'example.org'], REGISTRY)).toEqual(['org']);
  expect(found(['example.org', REGISTRY], REGISTRY)).toEqual([REGISTRY]);
  expect(found(['ample.org', 'example.org/other', 'example.org:5000'], REGISTRY)).toEqual([]);
});
