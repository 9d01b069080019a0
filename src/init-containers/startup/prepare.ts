import { join } from 'node:path';
import { replaceFile } from '../files';
import { homeDirectoryIn } from '../home-owner';
import { previewMarkdown } from '../lab-settings';
import { explained, lineAbout } from '../system-error';
import type { Report } from '../variables';
import { abnormalPage } from './abnormal-page';
import { labArguments } from './arguments';
import { environmentFile, type StartupDependencies } from './dependencies';
import { abnormalVariables, badEnvironment, type StartupFailure } from './failure';
import { type PreparedHome, prepareHome } from './home';
import type { Overrides } from './variables';

function writeAbnormalPage(directory: string, page: string, report: Report): boolean {
  try {
    replaceFile(join(directory, 'notebooks/tutorials/welcome.md'), page);
    previewMarkdown(directory, report);
    return true;
  } catch (error) {
    report(`warning: the page about the failure was not written to ${directory}: ${lineAbout(error)}`);
    return false;
  }
}

/** Has the lab live in scratch space or in `/tmp`, and tells its user why. */
function abnormalStart(
  overrides: Overrides,
  failure: StartupFailure,
  { variables, paths, report }: StartupDependencies,
): Overrides {
  report(`warning: the lab starts without its home directory: ${failure.message}`);
  const page = abnormalPage(failure, variables.NUBLADO_HOME ?? 'your home directory');
  const places = overrides.SCRATCH_DIR ? [overrides.SCRATCH_DIR, paths.temporary] : [paths.temporary];
  const home = places.find((place) => writeAbnormalPage(place, page, report)) ?? paths.temporary;
  return { ...overrides, ...abnormalVariables(failure), HOME: home, RUNNING_INSIDE_JUPYTERLAB: 'TRUE' };
}

function writeJson(path: string, value: unknown, report: Report): void {
  explained(`write ${path}`, () => replaceFile(path, JSON.stringify(value, null, 2)));
  report(`${path} was written`);
}

/**
 * Prepares the home directory and tells the lab how to start: `env.json` has what its environment is changed to,
 * `args.json` its command line. Whatever is wrong with the home directory goes into `ABNORMAL_STARTUP` variables,
 * and the lab then starts elsewhere.
 *
 * @throws Error when these two files cannot be written, without which no lab starts.
 */
export async function prepareLab(dependencies: StartupDependencies): Promise<void> {
  const { variables, paths, report } = dependencies;
  const home = homeDirectoryIn(variables);
  const { overrides, failure }: PreparedHome =
    home === null
      ? { overrides: {}, failure: badEnvironment('NUBLADO_HOME must be the path of a directory') }
      : await prepareHome(home, dependencies);
  const final = failure === null ? overrides : abnormalStart(overrides, failure, dependencies);
  const sorted = Object.fromEntries(Object.entries(final).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeJson(join(paths.startup, 'args.json'), labArguments(variables, final.HOME ?? paths.temporary), report);
  writeJson(environmentFile(paths), sorted, report);
}
