import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { showManyOutputs } from '../lab-settings';
import { isSystemError, lineAbout, symbolOf } from '../system-error';
import { removeExpiredDownloads } from './astropy-cache';
import { mergeCredentials } from './credentials';
import { configureDask } from './dask';
import { environmentFile, type StartupDependencies } from './dependencies';
import { failureOf, type StartupFailure } from './failure';
import { installLoggingProfile } from './logging-profile';
import { readPortalUrl } from './portal';
import { scratchSubdirectory } from './scratch';
import { copyIfAbsent, copySkeleton, setUpGitLfs } from './skeleton';
import { ensureSpace } from './space';
import { moveUserEnvironment } from './user-environment';
import { CREDENTIAL_VARIABLES, labVariables, type Overrides, usernameIn } from './variables';

/** What came of preparing the home directory. */
export interface PreparedHome {
  readonly overrides: Overrides;
  readonly failure: StartupFailure | null;
}

/** Errors of a user's own layout, such as a file where a directory should be. Labs start in spite of them. */
const LAYOUT_ERRORS: readonly (string | null)[] = ['EEXIST', 'EISDIR', 'ELOOP', 'ENOTDIR', 'ENOTEMPTY'];

type Step = () => void;

/** What is put into the home directory, in this order; each step leaves alone what is already right. */
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

/** Decides the lab's environment and prepares the home directory, as far as that can be written to. */
export async function prepareHome(home: string, dependencies: StartupDependencies): Promise<PreparedHome> {
  const { variables, paths, now, report } = dependencies;
  let failure: StartupFailure | null = null;
  const attempt = (step: Step): void => {
    try {
      step();
    } catch (error) {
      report(`warning: ${lineAbout(error)}`);
      if (isSystemError(error) && !LAYOUT_ERRORS.includes(symbolOf(error))) failure ??= failureOf(error);
    }
  };
  // What has been reset for this pod is not reset again when its containers are.
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
