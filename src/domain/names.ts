/**
 * Names of a lab's Kubernetes objects. For usernames of lower-case letters, digits and inner hyphens every
 * name is valid, and unique within its namespace; two users never share a namespace, since the prefix is
 * fixed. Namespaces are limited to 63 characters, the prefix included.
 */

const MAX_NAMESPACE_LENGTH = 63;

/** The namespace that holds a user's lab and nothing else. */
export function namespaceName(prefix: string, username: string): string {
  return `${prefix}-${username}`;
}

/** Whether a user's lab can have these names; a username must also be the value of a label. */
export function canNameObjects(prefix: string, username: string): boolean {
  const isLabel = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(username);
  return isLabel && namespaceName(prefix, username).length <= MAX_NAMESPACE_LENGTH;
}

/** The lab's pod. Its resource quota, network policy and secret carry the same name. */
export function podName(username: string): string {
  return `${username}-nb`;
}

/** The ConfigMap of the lab's environment variables. */
export function environmentConfigMapName(username: string): string {
  return `${podName(username)}-env`;
}

/** The ConfigMap of the configured files and the discovery document. */
export function filesConfigMapName(username: string): string {
  return `${podName(username)}-files`;
}

/** The ConfigMap of the passwd and group files. */
export function nssConfigMapName(username: string): string {
  return `${podName(username)}-nss`;
}

/** The claim behind a configured volume. */
export function claimName(username: string, volumeName: string): string {
  return `${podName(username)}-pvc-${volumeName}`;
}

/** The lab's copy of the configured image pull secret. */
export const PULL_SECRET_NAME = 'pull-secret';

/** The name of the lab's container within its pod. */
export const LAB_CONTAINER_NAME = 'notebook';

/** Init containers that the controller adds to a lab's pod. */
export const STANDARD_INIT_CONTAINERS = {
  inithome: 'nublado-std-inithome',
  landingpage: 'nublado-std-landingpage',
  startup: 'nublado-std-startup',
} as const;

/** Where the start-up container writes and lab images look, unless it is moved. */
export const STARTUP_DIRECTORY = '/etc/nublado/startup';

/** Tells the start-up container where else to write. */
export const STARTUP_DIRECTORY_VARIABLE = 'NUBLADO_STARTUP_DIR';

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
