/*
 * Names inside a lab's namespace and pod that are the same for all labs, or made of the configuration. Names made of a
 * lab's key are in `lab-key.ts`.
 */

/** The lab's copy of the configured image pull secret. */
export const PULL_SECRET_NAME = 'pull-secret';

/** The name of the lab's container within its pod. */
export const LAB_CONTAINER_NAME = 'notebook';

/** Init containers that the controller adds to a lab's pod. */
export const STANDARD_INIT_CONTAINERS = {
  inithome: 'nublado-std-inithome',
  homecheck: 'nublado-std-homecheck',
  landingpage: 'nublado-std-landingpage',
  startup: 'nublado-std-startup',
} as const;

/** Where the start-up container writes and lab images read, unless the configuration says otherwise. */
export const STARTUP_DIRECTORY = '/etc/nublado/startup';

/** The variable of the start-up container for another directory to write to. */
export const STARTUP_DIRECTORY_VARIABLE = 'NUBLADO_STARTUP_DIR';

/** The file there with what the lab's user has to know of a home directory that is almost full; Markdown. */
export const HOME_NOTICE_FILE = 'home-space.md';

/** Volumes that every lab's pod has, besides the configured ones and one per configured file. */
export const AUTOMATIC_VOLUMES = {
  passwd: 'passwd',
  group: 'group',
  discovery: 'discovery-v1-json',
  secrets: 'secrets',
  environment: 'env',
  tmp: 'tmp',
  runtime: 'runtime',
  startup: 'lab-startup',
} as const;

/** The last component of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The ConfigMap key, and also the volume name, of a configured file: `lsst_dask.yml` → `lsst-dask-yml`. */
export function fileKey(path: string): string {
  return baseName(path).replace(/[_.]/g, '-');
}

/** The key of the lab's secret that holds a confidential variable of the hub. */
export function hubSecretKey(variable: string): string {
  return `hub-env.${variable}`;
}
