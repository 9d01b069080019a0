import { basename, dirname, join } from 'node:path';
import type { Report, Variables } from '../variables';

/** Changes to the lab's environment: variables that differ from the init container's. */
export type Overrides = Record<string, string>;

/** Facts that the lab's environment is derived from. */
export interface Surroundings {
  readonly variables: Variables;
  readonly home: string;
  readonly username: string;
  /** Returns the user's directory of this name in scratch space; null if there is none. */
  readonly scratch: (name: string) => string | null;
  readonly portalUrl: string | null;
  readonly report: Report;
}

/** Username: `JUPYTERHUB_USER`, else the name of the home directory. */
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

/** Limits the threads of libraries to the lab's whole CPUs; their default is the node's. */
function threads({ CPU_LIMIT }: Variables): Overrides {
  const limit = Math.trunc(Number(CPU_LIMIT || '1'));
  const count = Number.isSafeInteger(limit) ? Math.max(limit, 1) : 1;
  return Object.fromEntries(THREAD_VARIABLES.map((name) => [name, String(count)]));
}

/** Directories for temporary files and caches in scratch space, which spares the node's disk. */
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

/** Variables with paths of the site's credentials files, of which the lab reads the user's merged copies. */
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

/** All changes to the lab's environment for a normal start. */
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

const FIXED_ARGUMENTS = [
  'jupyterhub-singleuser',
  '--ip=0.0.0.0',
  '--port=8888',
  '--no-browser',
  '--ContentsManager.allow_hidden=True',
  '--FileContentsManager.hide_globs=[]',
  '--KernelSpecManager.ensure_native_kernel=False',
  '--QtExporter.enabled=False',
  '--PDFExporter.enabled=False',
  '--WebPDFExporter.enabled=False',
  '--MappingKernelManager.default_kernel_name=lsst',
  '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
];

const CULLING = {
  NO_ACTIVITY_TIMEOUT: 'ServerApp.shutdown_no_activity_timeout',
  CULL_KERNEL_IDLE_TIMEOUT: 'MappingKernelManager.cull_idle_timeout',
  CULL_KERNEL_CONNECTED: 'MappingKernelManager.cull_connected',
  CULL_KERNEL_INTERVAL: 'MappingKernelManager.cull_interval',
  CULL_TERMINAL_INACTIVE_TIMEOUT: 'TerminalManager.cull_inactive_timeout',
  CULL_TERMINAL_INTERVAL: 'TerminalManager.cull_interval',
} as const;

/** The command line that the lab image starts JupyterLab with. */
export function labArguments(variables: Variables, home: string): string[] {
  return [
    ...FIXED_ARGUMENTS,
    `--notebook-dir=${home}`,
    `--log-level=${variables.DEBUG ? 'DEBUG' : 'INFO'}`,
    ...Object.entries(CULLING).flatMap(([name, setting]) =>
      variables[name] ? [`--${setting}=${variables[name]}`] : [],
    ),
  ];
}
