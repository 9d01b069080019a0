import { findProtections } from '../../../../src/cli/images/protections';
import { createImageRepository } from '../../../../src/registry/image-repository';
import { aDocument, parsed } from '../../config/documents';

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

test('every reason to keep an image is told, and what is named is told apart', async () => {
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
