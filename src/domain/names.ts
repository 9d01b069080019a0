import { sha256 } from './sha256';
import { isLabUsername } from './username';

/*
 * Names of a lab's Kubernetes objects. A username that is a DNS label stands in them as it is. Any other one is
 * replaced by a readable part and a digest, joined such that no DNS label can give the same:
 *
 * - in namespaces by a second hyphen before it, since no DNS label begins with one;
 * - in labels, which select across namespaces, by an underscore.
 *
 * Names within a namespace need no such mark, since two users never share a namespace.
 */

const MAX_LABEL_LENGTH = 63;

/** Leaves room for what follows in the name of a pod, which is a hostname too. */
const MAX_READABLE_LENGTH = 30;

/** Hexadecimal digits of a digest: 80 bits, so that no second username with the digest of a first can be found. */
const DIGEST_LENGTH = 20;

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

function isDnsLabel(username: string): boolean {
  return username.length <= MAX_LABEL_LENGTH && DNS_LABEL.test(username);
}

/** What Kubernetes can take of a username, for people; it may be empty and says nothing for certain. */
function readablePart(username: string, maxLength: number): string {
  return username
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, Math.max(0, maxLength))
    .replace(/-$/, '')
    .toLowerCase();
}

function slug(username: string, separator: string, maxReadable = MAX_READABLE_LENGTH): string {
  const digest = sha256(username).slice(0, DIGEST_LENGTH);
  const readable = readablePart(username, Math.min(maxReadable, MAX_READABLE_LENGTH));
  return readable === '' ? digest : `${readable}${separator}${digest}`;
}

/** The namespace that holds a user's lab and nothing else. */
export function namespaceName(prefix: string, username: string): string {
  const plain = `${prefix}-${username}`;
  if (isDnsLabel(username) && plain.length <= MAX_LABEL_LENGTH) return plain;
  const start = `${prefix}--`;
  return `${start}${slug(username, '-', MAX_LABEL_LENGTH - start.length - DIGEST_LENGTH - 1)}`;
}

/** Whether a user's lab can have these names. */
export function canNameObjects(prefix: string, username: string): boolean {
  return isLabUsername(username) && namespaceName(prefix, username).length <= MAX_LABEL_LENGTH;
}

/** The value of labels that stand for a user; the username itself where that is a valid value of this form. */
export function userLabelValue(username: string): string {
  if (isDnsLabel(username)) return username;
  const value = slug(username, '_');
  return value.includes('_') ? value : `user_${value}`;
}

/** The lab's pod. Its resource quota, network policy and secret carry the same name. */
export function podName(username: string): string {
  return `${isDnsLabel(username) ? username : slug(username, '-')}-nb`;
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
