import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../files';
import { homeDirectoryIn } from '../home-directory';
import { readHomeNotice } from '../home-space/notice';
import { previewMarkdown, showManyOutputs } from '../lab-settings';
import { describeError, errorCode, isSystemError, withContext } from '../system-error';
import type { Report, Variables } from '../variables';
import { mergeCredentials } from './credentials';
import { configureDask } from './dask';
import { abnormalPage, abnormalVariables, badEnvironment, failureOf, type StartupFailure } from './failure';
import {
  copyIfAbsent,
  copySkeleton,
  installLoggingProfile,
  moveUserEnvironment,
  setUpGitLfs,
} from './home-files';
import { CREDENTIAL_VARIABLES, labArguments, labVariables, type Overrides, usernameIn } from './lab-process';
import { readPortalUrl } from './portal';
import { scratchSubdirectory } from './scratch';
import { ensureSpace, removeExpiredDownloads } from './space';

/** Dependencies of the preparation of a lab. */
export interface StartupDependencies {
  readonly variables: Variables;
  readonly paths: {
    /** Directory of the image's configuration, `/etc`. */
    readonly etc: string;
    /** Directory from which the lab reads `env.json` and `args.json`. */
    readonly startup: string;
    /** Home directory of a lab whose own cannot be used. */
    readonly temporary: string;
  };
  readonly now: Date;
  /** @throws the system's error when the directory has no room for 1 MB. */
  readonly writeMegabyte: (directory: string) => void;
  readonly report: Report;
}

/** Path of the file with changes to the lab's environment. It is written last. */
function environmentFile(paths: StartupDependencies['paths']): string {
  return join(paths.startup, 'env.json');
}

function writeAbnormalPage(directory: string, page: string, report: Report): boolean {
  try {
    replaceFile(join(directory, 'notebooks/tutorials/welcome.md'), page);
    previewMarkdown(directory, report);
    return true;
  } catch (error) {
    report(`warning: the page about the failure was not written to ${directory}: ${describeError(error)}`);
    return false;
  }
}

/** Gives the lab a home directory in scratch space or `/tmp`, with a page that explains why. */
function abnormalStart(
  overrides: Overrides,
  failure: StartupFailure,
  { variables, paths, report }: StartupDependencies,
): Overrides {
  report(`warning: the lab starts without its home directory: ${failure.message}`);
  const home = variables.NUBLADO_HOME ?? 'your home directory';
  const page = abnormalPage(failure, home, readHomeNotice(paths.startup));
  const places = overrides.SCRATCH_DIR ? [overrides.SCRATCH_DIR, paths.temporary] : [paths.temporary];
  const used = places.find((place) => writeAbnormalPage(place, page, report)) ?? paths.temporary;
  return { ...overrides, ...abnormalVariables(failure), HOME: used, RUNNING_INSIDE_JUPYTERLAB: 'TRUE' };
}

function writeJson(path: string, value: unknown, report: Report): void {
  withContext(`write ${path}`, () => replaceFile(path, JSON.stringify(value, null, 2)));
  report(`${path} was written`);
}

/**
 * Prepares the home directory and writes how the lab starts: `env.json` has the changes to its environment, `args.json`
 * its command line. A failure of the home directory goes into variables `ABNORMAL_STARTUP…`, and the lab starts with
 * another one.
 *
 * @throws Error when one of these two files cannot be written; the lab then does not start.
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

/** Result of preparing the home directory. */
interface PreparedHome {
  readonly overrides: Overrides;
  readonly failure: StartupFailure | null;
}

/** Errors caused by the user's own files, e.g. a file instead of a directory. They do not prevent a normal start. */
const LAYOUT_ERRORS: readonly (string | null)[] = ['EEXIST', 'EISDIR', 'ELOOP', 'ENOTDIR', 'ENOTEMPTY'];

type Step = () => void;

/** The steps that fill the home directory, in order; each is idempotent. */
function steps(home: string, overrides: Overrides, dependencies: StartupDependencies): readonly Step[] {
  const { variables, paths, now, report } = dependencies;
  return [
    ...CREDENTIAL_VARIABLES.map((variable) => () => mergeCredentials(variable, overrides, report)),
    () => copySkeleton(join(paths.etc, 'skel'), home, report),
    () => copyIfAbsent(join(paths.etc, 'dircolors.ansi-universal'), join(home, '.dir_colors'), report),
    () => setUpGitLfs(home, report),
    () => installLoggingProfile(home, variables, report),
    () => showManyOutputs(home, report),
    () => configureDask(home, now, report),
  ];
}

/** Determines the lab's environment and prepares the home directory, until a step fails. */
async function prepareHome(home: string, dependencies: StartupDependencies): Promise<PreparedHome> {
  const { variables, paths, now, report } = dependencies;
  let failure: StartupFailure | null = null;
  const attempt = (step: Step): void => {
    try {
      step();
    } catch (error) {
      report(`warning: ${describeError(error)}`);
      if (isSystemError(error) && !LAYOUT_ERRORS.includes(errorCode(error))) failure ??= failureOf(error);
    }
  };
  // Once per pod: `env.json` exists when the container was restarted.
  if (variables.RESET_USER_ENV && !existsSync(environmentFile(paths))) {
    const memory = join(paths.startup, 'user-environment');
    attempt(() => moveUserEnvironment(home, memory, now, report));
  }
  const username = usernameIn(variables, home);
  const overrides = labVariables({
    variables,
    home,
    username,
    scratch: (name) => scratchSubdirectory(variables, username, name, report),
    portalUrl: await readPortalUrl(variables, report),
    report,
  });
  attempt(() => removeExpiredDownloads(home, now, report));
  attempt(() => ensureSpace(home, dependencies.writeMegabyte, report));
  for (const step of steps(home, overrides, dependencies)) {
    if (failure === null) attempt(step);
  }
  return { overrides, failure };
}
