import { formatReference, parseReference } from '../../../../src/domain/images/image';

test.each([
  ['docker.io/lsst/lab:w_2024_1', 'docker.io', 'lsst/lab', 'w_2024_1', null],
  ['localhost:5000/lab', 'localhost:5000', 'lab', null, null],
  ['localhost:5000/a/b/lab:t@sha256:0a1b', 'localhost:5000', 'a/b/lab', 't', 'sha256:0a1b'],
  ['reg/repo@sha256:1234', 'reg', 'repo', null, 'sha256:1234'],
])('%s is taken apart and put together again', (text, registry, repository, tag, digest) => {
  const reference = parseReference(text);
  expect(reference).toEqual({ registry, repository, tag, digest });
  expect(reference && formatReference(reference)).toBe(text);
});

test.each([
  '',
  'sketchbook',
  ':::',
  '/repo:tag',
  'reg/:tag',
  'reg/repo:',
  'reg/repo:tag@',
  'reg/repo:tag@1234',
  'reg/repo@sha256:xyz',
  'reg/re po:tag',
  'reg/repo:ta/g',
  'reg/repo:a:b',
  `reg/repo:${'t'.repeat(129)}`,
  'reg/repo:tag\n',
])('%j is no reference', (text) => {
  expect(parseReference(text)).toBeNull();
});
