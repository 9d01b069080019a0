import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { labVariables, usernameIn } from '../../../../src/init-containers/startup/lab-process';
import { scratchSubdirectory } from '../../../../src/init-containers/startup/scratch';
import { aDirectory, asRoot, contentsOf, IS_ROOT, modeOf, withoutRoot } from '../directories';

const HOME = '/home/r/rachel';

function variablesFrom(
  variables: Record<string, string>,
  further: { portalUrl?: string; scratch?: string } = {},
) {
  const lines: string[] = [];
  const overrides = labVariables({
    variables,
    home: HOME,
    username: 'rachel',
    scratch: (name) => (further.scratch === undefined ? null : `${further.scratch}/${name}`),
    portalUrl: further.portalUrl ?? null,
    report: (line) => lines.push(line),
  });
  return { overrides, lines };
}

describe('the environment of a lab', () => {
  test('the environment of a lab keeps temporary files and caches in scratch space', () => {
    const { overrides } = variablesFrom({}, { scratch: '/scratch/rachel' });
    expect(overrides).toMatchObject({
      SCRATCH_DIR: '/scratch/rachel',
      TMPDIR: '/scratch/rachel/tmp',
      DAF_BUTLER_CACHE_DIRECTORY: '/scratch/rachel/butler_cache',
    });
  });

  test('the environment of a lab keeps the directories that the site has chosen', () => {
    const given = { TMPDIR: '/fast', DAF_BUTLER_CACHE_DIRECTORY: '/cache' };
    const { overrides } = variablesFrom(given, { scratch: '/scratch/rachel' });
    for (const name of ['TMPDIR', 'DAF_BUTLER_CACHE_DIRECTORY', 'SCRATCH_DIR']) {
      expect(overrides).not.toHaveProperty(name);
    }
  });

  test.each([
    ['0.25', '1'],
    ['3.9', '3'],
    ['16', '16'],
    ['', '1'],
    ['many', '1'],
    ['inf', '1'],
  ])('the environment of a lab has as many threads as whole CPUs: %s gives %s', (limit, count) => {
    const { overrides } = variablesFrom({ CPU_LIMIT: limit });
    expect(overrides).toMatchObject({ CPU_LIMIT: count, OMP_NUM_THREADS: count });
  });

  test('the environment of a lab has no digest of an image that has none', () => {
    expect(variablesFrom({ JUPYTER_IMAGE_SPEC: 'r.example/lab:w_1' }).overrides).not.toHaveProperty(
      'IMAGE_DIGEST',
    );
  });

  test.each([
    ['~/.panda', '/home/r/rachel/.panda'],
    ['~rachel/panda/x', '/home/r/rachel/panda/x'],
    ['~', '/home/r/rachel'],
    ['/opt/panda', undefined],
  ])("the environment of a lab has the user's own directory of PanDA for %s", (root, expected) => {
    expect(variablesFrom({ PANDA_CONFIG_ROOT: root }).overrides.PANDA_CONFIG_ROOT).toBe(expected);
  });

  test('the environment of a lab leaves directories of PanDA in other homes', () => {
    const { overrides, lines } = variablesFrom({ PANDA_CONFIG_ROOT: '~ribbon/panda' });
    expect(overrides).not.toHaveProperty('PANDA_CONFIG_ROOT');
    expect(lines).toEqual(['warning: the home directory ~ribbon in PANDA_CONFIG_ROOT is not known']);
  });

  test('the environment of a lab names the portal', () => {
    const { overrides } = variablesFrom({}, { portalUrl: 'https://data.example/portal/app' });
    expect(overrides.FIREFLY_URL).toBe('https://data.example/portal/app');
  });

  test("the environment of a lab points credentials at the user's copies", () => {
    const given = {
      AWS_SHARED_CREDENTIALS_FILE: '/etc/nublado/secrets/aws.ini',
      PGPASSFILE: '/secrets/pg.txt',
    };
    expect(variablesFrom(given).overrides).toMatchObject({
      AWS_SHARED_CREDENTIALS_FILE: '/home/r/rachel/.lsst/aws.ini',
      ORIG_AWS_SHARED_CREDENTIALS_FILE: '/etc/nublado/secrets/aws.ini',
      PGPASSFILE: '/home/r/rachel/.lsst/pg.txt',
      ORIG_PGPASSFILE: '/secrets/pg.txt',
    });
  });

  test('the environment of a lab has the name that the hub gives, else that of the home directory', () => {
    expect(usernameIn({ JUPYTERHUB_USER: 'rachel' }, '/home/rachel/labs')).toBe('rachel');
    expect(usernameIn({}, '/home/rachel')).toBe('rachel');
    for (const JUPYTERHUB_USER of ['', '.', '..', '../ribbon']) {
      expect(usernameIn({ JUPYTERHUB_USER }, '/home/rachel')).toBe('rachel');
    }
  });
});

describe('scratch space', () => {
  const subdirectoryIn = (root: string, further: Record<string, string> = {}) => {
    const lines: string[] = [];
    const variables = { SCRATCH_PATH: root, ...further };
    return { path: scratchSubdirectory(variables, 'rachel', 'tmp', (line) => lines.push(line)), lines };
  };

  test('scratch space gives the user a directory that only the user reads', () => {
    const root = aDirectory();
    expect(subdirectoryIn(root)).toEqual({ path: join(root, 'rachel/tmp'), lines: [] });
    expect(modeOf(join(root, 'rachel/tmp'))).toBe('700');
    expect(subdirectoryIn(root).path).toBe(join(root, 'rachel/tmp'));
  });

  test('scratch space is divided by initials where home directories are', () => {
    const root = aDirectory();
    const variables = { HOMEDIR_SCHEMA: 'initialThenUsername' };
    expect(subdirectoryIn(root, variables).path).toBeNull();
    mkdirSync(join(root, 'r'));
    expect(subdirectoryIn(root, variables).path).toBe(join(root, 'r/rachel/tmp'));
  });

  test('scratch space is not used through a link, which could be turned elsewhere later', () => {
    const [root, elsewhere] = [aDirectory(), aDirectory()];
    symlinkSync(elsewhere, join(root, 'rachel'));
    expect(subdirectoryIn(root).path).toBeNull();
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test('scratch space is not used where there is none', () => {
    const root = join(aDirectory(), 'nowhere');
    expect(subdirectoryIn(root)).toEqual({ path: null, lines: [] });
  });

  test('scratch space is not used where the user may not write', async () => {
    const root = aDirectory();
    chmodSync(root, IS_ROOT ? 0o755 : 0o555);
    const { path, lines } = await withoutRoot(() => subdirectoryIn(root));
    expect(path).toBeNull();
    expect(lines).toEqual([`warning: ${root}/rachel/tmp is not used: Permission denied`]);
    expect(contentsOf(root)).toEqual({});
  });

  asRoot('where many write', () => {
    test('scratch space is not used where a stranger has been first', async () => {
      const root = aDirectory();
      chmodSync(root, 0o777);
      mkdirSync(join(root, 'mallory'));
      chmodSync(join(root, 'mallory'), 0o777);
      chownSync(join(root, 'mallory'), 666, 666);
      symlinkSync('mallory', join(root, 'rachel'));
      const { path, lines } = await withoutRoot(() => subdirectoryIn(root));
      expect(path).toBeNull();
      expect(lines).toEqual([
        `warning: ${root}/rachel/tmp is not used: it belongs to someone else, or is no directory`,
      ]);
    });
  });
});
