import { findProtections, namedProtections } from '../../../../src/cli/images/protections';
import { createImageRepository } from '../../../../src/registry/image-repository';
import { aDocument, parsed } from '../../config/sample-documents';

const TEMPORAL = ['TEMPORAL_ADDRESS', 'TEMPORAL_CONFIG_FILE', 'TEMPORAL_PROFILE'];

let environment: NodeJS.ProcessEnv;
let warnings: jest.SpyInstance;

beforeEach(() => {
  environment = process.env;
  process.env = Object.fromEntries(Object.entries(environment).filter(([name]) => !TEMPORAL.includes(name)));
  warnings = jest.spyOn(console, 'error').mockReturnValue();
});

afterEach(() => {
  process.env = environment;
  warnings.mockRestore();
});

test('every reason to keep an image is collected, and those of --protect separately', async () => {
  const source = { type: 'docker', registry: 'registry.test', repository: 'sciplat/lab' };
  const images = { source, pin: ['w_2077_01'], dockerCredentialsPath: null };
  const { config } = parsed(aDocument({ images, prune: { keep: ['w_2077_01'] } }));
  const repository = createImageRepository({ ...config, notify: () => undefined });
  if (!repository) throw new Error('no repository');
  const known = [{ tag: 'w_2077_01', digest: null, size: null }];

  const { protections, named } = await findProtections({ config, repository }, known, ['w_2077_01']);

  expect(protections.tags.get('w_2077_01')).toBe(
    '--protect names w_2077_01; the menu offers w_2077_01; prune.keep names w_2077_01',
  );
  expect([...named.tags]).toEqual([['w_2077_01', '--protect names w_2077_01']]);
  expect(warnings.mock.calls).toEqual([[expect.stringContaining('labs that run are not known')]]);
});

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

test('the reason has the given name', () => {
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
])('%s is an error with the remedy', (_what, name, problem) => {
  expect(() => namedOf(name)).toThrow(`--protect names ${name}, and`);
  expect(() => namedOf(name)).toThrow(problem);
});

test('a digest is taken as it is where none was read', () => {
  const unread = known.map((entry) => ({ ...entry, digest: null }));

  expect(namedOf('sha256:cc', unread)).toEqual({ tags: [], digests: ['sha256:cc'] });
});
