import { basename, dirname, join } from 'node:path';
import type { Report, Variables } from '../variables';

/** What the lab's environment is changed to: only variables that differ from the init container's. */
export type Overrides = Record<string, string>;

/** What has been found out about the lab's surroundings. */
export interface Surroundings {
  readonly variables: Variables;
  readonly home: string;
  readonly username: string;
  /** Answers the user's directory of this name in scratch space; null where there is none. */
  readonly scratch: (name: string) => string | null;
  readonly portalUrl: string | null;
  readonly report: Report;
}

/** Who the lab is for: the hub's name for them, else the name of the home directory. */
export function usernameIn({ JUPYTERHUB_USER: name }: Variables, home: string): string {
  const isDirectoryName = name && !name.includes('/') && name !== '.' && name !== '..';
  return isDirectoryName ? name : basename(home);
}

const THREAD_VARIABLES = [
  'CPU_LIMIT',
  'CPU_COUNT',
  'GOTO_NUM_THREADS',
  'MKL_DOMAIN_NUM_THREADS',
  'MPI_NUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'NUMEXPR_MAX_THREADS',
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'RAYON_NUM_THREADS',
];

/** Libraries start as many threads as the lab has whole CPUs, not as the node has. */
function threads({ CPU_LIMIT }: Variables): Overrides {
  const limit = Math.trunc(Number(CPU_LIMIT || '1'));
  const count = Number.isSafeInteger(limit) ? Math.max(limit, 1) : 1;
  return Object.fromEntries(THREAD_VARIABLES.map((name) => [name, String(count)]));
}

/** Temporary files and caches go to scratch space, away from the node's disk. */
function temporaryDirectories({ variables, scratch }: Surroundings): Overrides {
  const temporary = variables.TMPDIR ? null : scratch('tmp');
  const isCacheGiven = Boolean(variables.DAF_BUTLER_CACHE_DIRECTORY);
  const cache = isCacheGiven ? null : scratch('butler_cache');
  const found = temporary ?? cache;
  return {
    ...(found === null ? {} : { SCRATCH_DIR: dirname(found) }),
    ...(temporary === null ? {} : { TMPDIR: temporary }),
    ...(isCacheGiven ? {} : { DAF_BUTLER_CACHE_DIRECTORY: cache ?? '/tmp/butler_cache' }),
  };
}

function imageDigest({ JUPYTER_IMAGE_SPEC }: Variables): Overrides {
  const digest = JUPYTER_IMAGE_SPEC?.split('@sha256:')[1];
  return digest ? { IMAGE_DIGEST: digest } : {};
}

function pandaConfiguration({ variables, home, username, report }: Surroundings): Overrides {
  const [first = '', ...rest] = (variables.PANDA_CONFIG_ROOT ?? '').split('/');
  if (first === '~' || first === `~${username}`) return { PANDA_CONFIG_ROOT: join(home, ...rest) };
  if (first.startsWith('~')) report(`warning: the home directory ${first} in PANDA_CONFIG_ROOT is not known`);
  return {};
}

/** Files of credentials that the site provides; the lab reads the user's copies. */
export const CREDENTIAL_VARIABLES = ['AWS_SHARED_CREDENTIALS_FILE', 'PGPASSFILE'] as const;

function credentials({ variables, home }: Surroundings): Overrides {
  const given = CREDENTIAL_VARIABLES.flatMap((name): [string, string][] => {
    const path = variables[name];
    return path
      ? [
          [`ORIG_${name}`, path],
          [name, join(home, '.lsst', basename(path))],
        ]
      : [];
  });
  return Object.fromEntries(given);
}

/** Decides all that the lab's environment is changed to when nothing is wrong. */
export function labVariables(surroundings: Surroundings): Overrides {
  const { variables, home, username, portalUrl } = surroundings;
  return {
    HOME: home,
    USER: username,
    ...temporaryDirectories(surroundings),
    ...threads(variables),
    ...imageDigest(variables),
    ...pandaConfiguration(surroundings),
    ...(portalUrl === null ? {} : { FIREFLY_URL: portalUrl }),
    JUPYTER_PREFER_ENV_PATH: 'no',
    ...credentials(surroundings),
    RUNNING_INSIDE_JUPYTERLAB: 'TRUE',
  };
}
