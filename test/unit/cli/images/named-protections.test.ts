import { namedProtections } from '../../../../src/cli/images/named-protections';

const repository = { registry: 'registry.test:5000', repository: 'sciplat/lab' };
const OURS = 'registry.test:5000/sciplat/lab';

const known = [
  { tag: 'w_1', digest: 'sha256:aa', size: null },
  { tag: 'w_2', digest: 'sha256:bb', size: null },
];

const namedOf = (name: string, tags: Parameters<typeof namedProtections>[1] = known) => {
  const { tags: byTag, digests } = namedProtections([name], tags, repository);
  return { tags: [...byTag.keys()], digests: [...digests.keys()] };
};

test.each([
  ['a tag', 'w_1', { tags: ['w_1'], digests: [] }],
  ['a digest', 'sha256:bb', { tags: [], digests: ['sha256:bb'] }],
  ['a reference by tag', `${OURS}:w_1`, { tags: ['w_1'], digests: [] }],
  ['a reference by digest', `${OURS}@sha256:bb`, { tags: [], digests: ['sha256:bb'] }],
  ['a reference by both', `${OURS}:w_1@sha256:bb`, { tags: ['w_1'], digests: ['sha256:bb'] }],
])('%s protects all that it names', (_what, name, expected) => {
  expect(namedOf(name)).toEqual(expected);
});

test('the reason says what was named', () => {
  const { tags, digests } = namedProtections(['w_1', 'sha256:bb'], known, repository);

  expect([...tags.values(), ...digests.values()]).toEqual([
    '--protect names w_1',
    '--protect names sha256:bb',
  ]);
});

test.each([
  ['an unknown tag', 'w_3', 'no such tag'],
  ['a reference by an unknown tag', `${OURS}:w_3`, 'no such tag'],
  ['a reference whose tag is unknown though its digest is not', `${OURS}:w_3@sha256:bb`, 'no such tag'],
  ['an unknown digest', 'sha256:cc', 'no tag stands for this digest'],
  ['a reference by an unknown digest', `${OURS}:w_1@sha256:cc`, 'no tag stands for this digest'],
  ['a reference without tag and digest', OURS, 'add a tag or a digest'],
  ['another registry', 'other.test/sciplat/lab:w_1', `not in ${OURS}`],
  ['another repository', 'registry.test:5000/sciplat/other:w_1', `not in ${OURS}`],
  ['a repository without its registry', 'sciplat/lab:w_1', `not in ${OURS}`],
])('%s is an error that says what to do', (_what, name, problem) => {
  expect(() => namedOf(name)).toThrow(`--protect names ${name}, and`);
  expect(() => namedOf(name)).toThrow(problem);
});

test('a digest is taken as it is where none was read', () => {
  const unread = known.map((entry) => ({ ...entry, digest: null }));

  expect(namedOf('sha256:cc', unread)).toEqual({ tags: [], digests: ['sha256:cc'] });
});
