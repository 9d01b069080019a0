import { chmodSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { aDirectory, contentsOf, modeOf, withFiles } from '../directories';
import { aStartup } from './a-startup';

const LOGGING = '.ipython/profile_default/startup/20-logging.py';
const TRACKER = '.jupyter/lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings';
const LFS = /^\[filter "lfs"\]\n\tclean = git-lfs clean -- %f\n/m;

describe('the skeleton', () => {
  test('the skeleton is copied where the user has nothing yet', async () => {
    const startup = aStartup();
    withFiles(startup.paths.etc, {
      'skel/.profile': 'new',
      'skel/bin/tool': 'tool',
      'skel/notebooks/.user_setups': 'new',
      'skel/a/b/c': 'deep',
      'dircolors.ansi-universal': 'colors',
    });
    chmodSync(join(startup.paths.etc, 'skel/bin/tool'), 0o555);
    withFiles(startup.home, { '.profile': 'mine', 'notebooks/a.ipynb': 'mine' });
    await startup.run();
    expect(contentsOf(startup.home)).toMatchObject({
      '.profile': 'mine',
      '.dir_colors': 'colors',
      'bin/tool': 'tool',
      'notebooks/.user_setups': 'new',
      'notebooks/a.ipynb': 'mine',
      'a/b/c': 'deep',
    });
    expect(modeOf(join(startup.home, 'bin/tool'))).toBe('755');
  });

  test('the skeleton leaves links, even of nothing, and files in the place of directories', async () => {
    const startup = aStartup();
    withFiles(startup.paths.etc, { 'skel/.profile': 'new', 'skel/a/b': 'new' });
    symlinkSync('nothing', join(startup.home, '.profile'));
    withFiles(startup.home, { a: 'mine' });
    await startup.run();
    expect(contentsOf(startup.home)).toMatchObject({ '.profile': '-> nothing', a: 'mine' });
  });
});

describe('Git LFS', () => {
  async function configurationAfter(files: Record<string, string>, name = '.gitconfig'): Promise<string> {
    const startup = aStartup();
    withFiles(startup.home, files);
    await startup.run();
    return readFileSync(join(startup.home, name), 'utf8');
  }

  test('Git LFS is set up for a user without a configuration', async () => {
    expect(await configurationAfter({})).toMatch(LFS);
  });

  test("Git LFS is added to the user's configuration", async () => {
    const text = await configurationAfter({ '.gitconfig': '[user]\n\tname = Rachel' });
    expect(text).toMatch(/^\[user\]\n\tname = Rachel\n\[filter "lfs"\]\n/);
  });

  test('Git LFS is added to the configuration that Git reads', async () => {
    expect(await configurationAfter({ '.config/git/config': '[user]\n' }, '.config/git/config')).toMatch(LFS);
  });

  test.each(['.gitconfig', '.config/git/config'])(
    'Git LFS is left as the user has set it up in %s',
    async (name) => {
      const text = '[user]\n  [filter "lfs"]\n\tclean = mine\n';
      expect(await configurationAfter({ '.gitconfig': '', [name]: text }, name)).toBe(text);
    },
  );

  test('Git LFS is not set up through a link', async () => {
    const startup = aStartup();
    const dotfiles = withFiles(aDirectory(), { gitconfig: '[user]\n' });
    symlinkSync(join(dotfiles, 'gitconfig'), join(startup.home, '.gitconfig'));
    await startup.run();
    expect(contentsOf(dotfiles)).toEqual({ gitconfig: '[user]\n' });
    expect(contentsOf(startup.home)['.gitconfig']).toBe(`-> ${dotfiles}/gitconfig`);
  });

  test('Git LFS keeps the mode of the configuration', async () => {
    const startup = aStartup();
    withFiles(startup.home, { '.gitconfig': '[user]\n' });
    chmodSync(join(startup.home, '.gitconfig'), 0o600);
    await startup.run();
    expect(modeOf(join(startup.home, '.gitconfig'))).toBe('600');
  });
});

describe('the logging profile', () => {
  test.each(['etc/20-logging.py', '20-logging.py'])(
    'the logging profile is installed from %s of the image',
    async (name) => {
      const startup = aStartup();
      withFiles(startup.root, { [`jupyterlab/${name}`]: 'new' });
      await startup.run();
      expect(readFileSync(join(startup.home, LOGGING), 'utf8')).toBe('new');
    },
  );

  test('the logging profile that the user has changed, or emptied, is kept', async () => {
    const startup = aStartup();
    withFiles(startup.root, { 'jupyterlab/etc/20-logging.py': 'new' });
    withFiles(startup.home, { [LOGGING]: '' });
    await startup.run();
    expect(readFileSync(join(startup.home, LOGGING), 'utf8')).toBe('');
  });

  test('the logging profile that the image does not have is left out', async () => {
    const startup = aStartup();
    await startup.run();
    expect(contentsOf(startup.home)).not.toHaveProperty([LOGGING]);
  });
});

describe('the number of outputs that notebooks show', () => {
  test.each([
    ['{}', 10_000],
    ['{ /* few */ "maxNumberOutputs": 50 }', 10_000],
    ['{"maxNumberOutputs": 20000}', 20_000],
    ['{"maxNumberOutputs": 0}', 0],
  ])('the number of outputs that notebooks show with settings %s is %i', async (settings, expected) => {
    const startup = aStartup();
    withFiles(startup.home, { [TRACKER]: settings });
    await startup.run();
    expect(JSON.parse(readFileSync(join(startup.home, TRACKER), 'utf8'))).toEqual({
      maxNumberOutputs: expected,
    });
  });

  test('the number of outputs that notebooks show is left alone in settings that cannot be read', async () => {
    const startup = aStartup();
    withFiles(startup.home, { [TRACKER]: '{broken' });
    expect(await startup.run()).toContain(
      `warning: ${startup.home}/${TRACKER} was left alone: it is no JSON object`,
    );
    expect(readFileSync(join(startup.home, TRACKER), 'utf8')).toBe('{broken');
  });
});
