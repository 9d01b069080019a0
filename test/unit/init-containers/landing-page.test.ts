import { chmodSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { provideLandingPage } from '../../../src/init-containers/landing-page';
import { aDirectory, contentsOf, IS_ROOT, modeOf, withFiles, withoutRoot } from './directories';

const SETTINGS = '.jupyter/lab/user-settings/@jupyterlab/docmanager-extension/plugin.jupyterlab-settings';
const PREVIEW = '{\n  "defaultViewers": {\n    "markdown": "Markdown Preview"\n  }\n}\n';

const aSource = () => withFiles(aDirectory(), { 'welcome.md': '# Hello', 'logo_for_header.png': 'logo' });

function provide(home: string, source: string, further: Record<string, string> = {}): string[] {
  const lines: string[] = [];
  const variables = { NUBLADO_HOME: home, CST_LANDING_PAGE_SRC_DIR: source, ...further };
  provideLandingPage(variables, (line) => lines.push(line));
  return lines;
}

describe('the landing page', () => {
  test('the landing page comes into an empty home directory with a setting that shows it rendered', () => {
    const home = aDirectory();
    const lines = provide(home, aSource());
    expect(contentsOf(home)).toMatchObject({
      'notebooks/tutorials/': '755',
      'notebooks/tutorials/welcome.md': '# Hello',
      'notebooks/tutorials/logo_for_header.png': 'logo',
      [SETTINGS]: PREVIEW,
    });
    expect(lines).toEqual([
      `${home}/notebooks/tutorials/welcome.md was copied`,
      `${home}/notebooks/tutorials/logo_for_header.png was copied`,
      `${home}/${SETTINGS} was written`,
    ]);
  });

  test('the landing page is the same when it is provided again, or after an interruption', () => {
    const [home, source] = [aDirectory(), aSource()];
    provide(home, source);
    const first = contentsOf(home);
    writeFileSync(join(home, 'notebooks/tutorials/.welcome.md.nublado-new'), '# Hel');
    provide(home, source);
    expect(contentsOf(home)).toEqual(first);
  });

  test('the landing page replaces files and links and leaves what links lead to', () => {
    const [home, source] = [aDirectory(), aSource()];
    chmodSync(join(source, 'welcome.md'), 0o444);
    const precious = join(home, 'precious.png');
    withFiles(home, { 'notebooks/tutorials/welcome.md': 'old', 'precious.png': 'precious' });
    symlinkSync(precious, join(home, 'notebooks/tutorials/logo_for_header.png'));
    const umask = process.umask(0o077);
    try {
      provide(home, source);
    } finally {
      process.umask(umask);
    }
    const welcome = join(home, 'notebooks/tutorials/welcome.md');
    expect(readFileSync(welcome, 'utf8')).toBe('# Hello');
    expect(modeOf(welcome)).toBe('644');
    expect(lstatSync(join(home, 'notebooks/tutorials/logo_for_header.png')).isFile()).toBe(true);
    expect(readFileSync(precious, 'utf8')).toBe('precious');
  });

  test('the landing page is copied between the paths of the variables', () => {
    const home = aDirectory();
    provide(home, withFiles(aDirectory(), { 'en/start.md': 'start' }), {
      CST_LANDING_PAGE_FILES: 'en/start.md, ,..',
      CST_LANDING_PAGE_TGT_DIR: 'first/steps',
    });
    expect(Object.keys(contentsOf(join(home, 'first')))).toEqual(['steps/', 'steps/start.md']);
  });

  test('the landing page is provided as far as possible when a source is missing or a directory is in its place', () => {
    const home = aDirectory();
    const source = aSource();
    mkdirSync(join(home, 'notebooks/tutorials/welcome.md'), { recursive: true });
    const files = { CST_LANDING_PAGE_FILES: 'missing.md,welcome.md,logo_for_header.png' };
    expect(provide(home, source, files)).toEqual([
      `warning: copying ${source}/missing.md failed: No such file or directory: ${source}/missing.md`,
      `warning: copying ${source}/welcome.md failed: ${home}/notebooks/tutorials/welcome.md is a directory, which is left alone`,
      `${home}/notebooks/tutorials/logo_for_header.png was copied`,
      `${home}/${SETTINGS} was written`,
    ]);
  });

  test.each([undefined, 'home/rachel', '/nonexistent/rachel'])(
    'the landing page needs a home directory, not %s',
    (home) => {
      const lines: string[] = [];
      provideLandingPage({ NUBLADO_HOME: home }, (line) => lines.push(line));
      expect(lines).toEqual([
        'warning: the landing page was left out: NUBLADO_HOME is not the path of a directory',
      ]);
    },
  );

  test('the landing page fails nothing where the user may not write', async () => {
    const [home, source] = [aDirectory(), aSource()];
    chmodSync(source, 0o755);
    chmodSync(home, IS_ROOT ? 0o755 : 0o555);
    const lines = await withoutRoot(() => provide(home, source));
    expect(lines[0]).toBe(
      `warning: creating ${home}/notebooks/tutorials failed: Permission denied: ${home}/notebooks/tutorials`,
    );
    expect(lines.every((line) => line.startsWith('warning: '))).toBe(true);
    expect(contentsOf(home)).toEqual({});
  });
});

describe('a notice about the home directory', () => {
  const NOTICE = '> **Your home directory is almost full.**\n';
  const startup = () => withFiles(aDirectory(), { 'home-space.md': NOTICE });

  test('a notice about the home directory stands above the first Markdown file alone', () => {
    const home = aDirectory();
    const source = withFiles(aDirectory(), { 'a.png': 'logo', 'b.md': '# Hello', 'c.md': 'more' });
    provide(home, source, { NUBLADO_STARTUP_DIR: startup(), CST_LANDING_PAGE_FILES: 'a.png,b.md,c.md' });
    expect(contentsOf(join(home, 'notebooks/tutorials'))).toEqual({
      'a.png': 'logo',
      'b.md': `${NOTICE}\n# Hello`,
      'c.md': 'more',
    });
  });

  test('a notice about the home directory is gone with the next start that has none', () => {
    const [home, source] = [aDirectory(), aSource()];
    provide(home, source, { NUBLADO_STARTUP_DIR: startup() });
    provide(home, source, { NUBLADO_STARTUP_DIR: aDirectory() });
    expect(readFileSync(join(home, 'notebooks/tutorials/welcome.md'), 'utf8')).toBe('# Hello');
  });
});

describe('the Markdown viewer', () => {
  function viewerAfter(settings: string): string {
    const home = withFiles(aDirectory(), { [SETTINGS]: settings });
    provide(home, aSource());
    return readFileSync(join(home, SETTINGS), 'utf8');
  }

  test.each([
    ['{"defaultViewers": {"markdown": "Editor"}}', 'chosen by the user'],
    ['{"defaultViewers": ', 'broken'],
    ['[1]', 'no object'],
    ['{"defaultViewers": "x"}', 'of an unknown form'],
  ])('a setting of the Markdown viewer to %s is kept: %s', (settings) => {
    expect(viewerAfter(settings)).toBe(settings);
  });

  test('the Markdown viewer is added to other settings, also those that JupyterLab has written with remarks', () => {
    const settings =
      '{\n  // Viewers, "all" of them\n  "defaultViewers": {"json": "a // b"}, /* more */\n  "x": 1,\n}';
    expect(JSON.parse(viewerAfter(settings))).toEqual({
      defaultViewers: { json: 'a // b', markdown: 'Markdown Preview' },
      x: 1,
    });
  });

  test('the Markdown viewer is set in an empty file', () => {
    expect(viewerAfter('')).toBe(PREVIEW);
  });

  test('the Markdown viewer is not set through a link', () => {
    const home = withFiles(aDirectory(), { 'dotfiles/settings': '{}' });
    mkdirSync(join(home, SETTINGS, '..'), { recursive: true });
    symlinkSync(join(home, 'dotfiles/settings'), join(home, SETTINGS));
    expect(provide(home, aSource())).toContain(`warning: ${home}/${SETTINGS} was left alone: it is a link`);
    expect(readFileSync(join(home, 'dotfiles/settings'), 'utf8')).toBe('{}');
  });
});
