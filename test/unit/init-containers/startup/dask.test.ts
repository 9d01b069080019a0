import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { configureDask } from '../../../../src/init-containers/startup/dask';
import { aDirectory, contentsOf, withFiles } from '../directories';

const LINK = '{JUPYTERHUB_PUBLIC_URL}proxy/{port}/status';
const OLD = '{EXTERNAL_INSTANCE_URL}{JUPYTERHUB_SERVICE_PREFIX}proxy/{port}/status';

const linkedTo = (link: string) => `distributed:\n  dashboard:\n    link: "${link}"\n`;

/** The files of Dask after it was configured, twice: the second time must change nothing. */
function configured(files: Record<string, string>): Record<string, string> {
  const home = withFiles(aDirectory(), { '.config/dask/README': 'x', ...files });
  const configure = () => configureDask(home, new Date('2026-01-15T09:30:00Z'), () => {});
  configure();
  const { README: _, ...contents } = contentsOf(join(home, '.config/dask'));
  configure();
  expect(contentsOf(join(home, '.config/dask'))).toEqual({ README: 'x', ...contents });
  return contents;
}

describe("Dask's dashboard", () => {
  test("Dask's dashboard is linked through the hub", () => {
    const home = aDirectory();
    configureDask(home, new Date(), () => {});
    expect(contentsOf(join(home, '.config/dask'))).toEqual({
      'dashboard.yaml': `distributed:\n  dashboard:\n    link: "${LINK}"\n`,
    });
  });

  test("Dask's dashboard has a link of an older form brought up to date, with a copy of what was", () => {
    const text = `# mine\n${linkedTo(OLD)}`;
    expect(configured({ '.config/dask/a.yml': text })).toEqual({
      'a.yml': `# mine\n${linkedTo(LINK)}`,
      'a.yml.2026-01-15': text,
    });
  });

  test("Dask's dashboard keeps a link of the user, wherever it is", () => {
    const files = { 'a.yaml': linkedTo('https://mine.example'), 'z.yaml': 'x: 1\n' };
    expect(
      configured({ '.config/dask/a.yaml': files['a.yaml'], '.config/dask/z.yaml': files['z.yaml'] }),
    ).toEqual(files);
  });

  test("Dask's dashboard has its link added to what else is set", () => {
    const text = '# mine\ndistributed:\n  comm:\n    retry: 3 # more\n';
    expect(configured({ '.config/dask/dashboard.yaml': text })['dashboard.yaml']).toBe(
      `${text}  dashboard:\n    link: "${LINK}"\n`,
    );
  });

  test("Dask's dashboard is not hindered by files that set nothing", () => {
    expect(
      configured({
        '.config/dask/a.yaml': 'distributed:\n  worker: null\n',
        '.config/dask/b.yaml': 'a: [',
        '.config/dask/c.yml': '',
        '.config/dask/c.yml.2026-01-15': 'earlier',
      }),
    ).toEqual({
      'a.yaml.2026-01-15': 'distributed:\n  worker: null\n',
      'b.yaml': 'a: [',
      'c.yml.2026-01-15': 'earlier',
      'c.yml.2026-01-15.2': '',
      'dashboard.yaml': linkedTo(LINK),
    });
  });

  test("Dask's dashboard is not linked through a link", () => {
    const home = withFiles(aDirectory(), { '.config/dask/README': 'x', 'mine.yaml': 'x: 1\n' });
    symlinkSync(join(home, 'mine.yaml'), join(home, '.config/dask/dashboard.yaml'));
    const before = contentsOf(home);
    configureDask(home, new Date(), () => {});
    expect(contentsOf(home)).toEqual(before);
  });
});
