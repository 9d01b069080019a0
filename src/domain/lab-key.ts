import { sha256 } from './sha256';
import { isLabUsername } from './user';

/*
 * Everything that names a lab is made, and read back, here: its key, its workflow's ID, its Kubernetes names and
 * labels, its path in the API. Other modules pass keys on and do not look into them.
 */

/**
 * Identifies a lab among all labs of the controller. A user has one lab, and the key is the username. Fields named
 * `username` in histories, memos and signals contain it. No username contains a slash, so that `<username>/<server>` is
 * free for named servers.
 */
export type LabKey = string;

/** What a key is made of. */
export interface LabKeyParts {
  readonly username: string;
}

/** The key of a user's lab. */
export function labKey({ username }: LabKeyParts): LabKey {
  return username;
}

/** The parts of a key; null for a text that is no key of a lab. */
export function labKeyParts(key: string): LabKeyParts | null {
  return isLabUsername(key) ? { username: key } : null;
}

const WORKFLOW_PREFIX = 'lab-';

/** The one workflow ID that a lab can have; that only one workflow with this ID can be open allows one lab per key. */
export function labWorkflowId(lab: LabKey): string {
  return `${WORKFLOW_PREFIX}${lab}`;
}

/** The lab that a workflow ID is of; null for the ID of another kind of workflow. */
export function labOfWorkflowId(workflowId: string): LabKey | null {
  const key = workflowId.slice(WORKFLOW_PREFIX.length);
  return workflowId.startsWith(WORKFLOW_PREFIX) && labKeyParts(key) ? key : null;
}

/** The route of a lab in the API, below the configured path prefix; its parameter is a key. */
export const LAB_ROUTE = '/spawner/v1/labs/:username';

/** The path of a lab in the API, below the configured path prefix. */
export function labPath(lab: LabKey): string {
  return LAB_ROUTE.replace(':username', () => encodeURIComponent(lab));
}

/*
 * Names of a lab's Kubernetes objects. A username that is a DNS label is used in them unchanged. Any other one is
 * replaced by a readable part and a digest, joined such that no DNS label can give the same result:
 *
 * - in namespaces with a second hyphen before it, since no DNS label begins with one;
 * - in labels, which select across namespaces, with an underscore.
 *
 * Names within a namespace need no such mark, since two users never share a namespace.
 */

const MAX_LABEL_LENGTH = 63;

/** Leaves room for the suffix of a pod's name, which is a hostname too. */
const MAX_READABLE_LENGTH = 30;

/** Hexadecimal digits of a digest: 80 bits, so that no second username with the digest of a first can be found. */
const DIGEST_LENGTH = 20;

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Whether a username can stand in names as it is. */
export function isDnsLabel(username: string): boolean {
  return username.length <= MAX_LABEL_LENGTH && DNS_LABEL.test(username);
}

/** The characters of a username that Kubernetes accepts; may be empty, and is not unique. */
function readablePart(username: string, maxLength: number): string {
  return username
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, Math.max(0, maxLength))
    .replace(/-$/, '')
    .toLowerCase();
}

/** What stands for a username in names: a readable part, where there is one, and a digest. */
export function slug(username: string, separator: string, maxReadable = MAX_READABLE_LENGTH): string {
  const digest = sha256(username).slice(0, DIGEST_LENGTH);
  const readable = readablePart(username, Math.min(maxReadable, MAX_READABLE_LENGTH));
  return readable === '' ? digest : `${readable}${separator}${digest}`;
}

/** The namespace that holds this lab and nothing else. */
export function namespaceName(prefix: string, lab: LabKey): string {
  const plain = `${prefix}-${lab}`;
  if (isDnsLabel(lab) && plain.length <= MAX_LABEL_LENGTH) return plain;
  const start = `${prefix}--`;
  return `${start}${slug(lab, '-', MAX_LABEL_LENGTH - start.length - DIGEST_LENGTH - 1)}`;
}

/** Whether the Kubernetes names of a lab are valid with this prefix of namespaces. */
export function canNameObjects(prefix: string, lab: LabKey): boolean {
  return labKeyParts(lab) !== null && namespaceName(prefix, lab).length <= MAX_LABEL_LENGTH;
}

/** The lab's pod. Its resource quota, network policy and secret have the same name. */
export function podName(lab: LabKey): string {
  return `${isDnsLabel(lab) ? lab : slug(lab, '-')}-nb`;
}

/** The ConfigMap of the lab's environment variables. */
export function environmentConfigMapName(lab: LabKey): string {
  return `${podName(lab)}-env`;
}

/** The ConfigMap of the configured files and the discovery document. */
export function filesConfigMapName(lab: LabKey): string {
  return `${podName(lab)}-files`;
}

/** The ConfigMap of the passwd and group files. */
export function nssConfigMapName(lab: LabKey): string {
  return `${podName(lab)}-nss`;
}

/** The claim of a configured volume. */
export function claimName(lab: LabKey, volumeName: string): string {
  return `${podName(lab)}-pvc-${volumeName}`;
}

/**
 * Label of everything that belongs to a user. Where the username is no valid value the label has a substitute, and an
 * annotation of the same name has the username.
 */
export const USER_LABEL = 'nublado.lsst.io/user';

/** The value of the user label: the username, where that is a DNS label. */
export function userLabelValue(username: string): string {
  if (isDnsLabel(username)) return username;
  const value = slug(username, '_');
  return value.includes('_') ? value : `user_${value}`;
}

type Values = Readonly<Record<string, string>>;

/** The labels and annotations that say which lab an object belongs to. */
export function metadataOfLab(lab: LabKey): { readonly labels: Values; readonly annotations: Values } {
  const value = userLabelValue(lab);
  return { labels: { [USER_LABEL]: value }, annotations: value === lab ? {} : { [USER_LABEL]: lab } };
}

/**
 * The lab that an object's labels and annotations say it belongs to; null for none. An annotation that does not give
 * the label's value is ignored: then the label's value counts as username.
 */
export function labOfMetadata(metadata: {
  readonly labels?: Partial<Values> | undefined;
  readonly annotations?: Partial<Values> | undefined;
}): LabKey | null {
  const { labels = {}, annotations = {} } = metadata;
  const value = labels[USER_LABEL];
  if (value === undefined) return null;
  const annotated = labKeyParts(annotations[USER_LABEL] ?? value);
  if (annotated && userLabelValue(annotated.username) === value) return labKey(annotated);
  const plain = labKeyParts(value);
  return plain && labKey(plain);
}
