import type { V1ObjectMeta } from '@kubernetes/client-node';
import { userLabelValue } from '../domain/names';
import { isLabUsername } from '../domain/username';

/**
 * Labels by which the controller and deployed network policies find objects. Where a username is no valid value, the
 * label has a substitute, and an annotation of the same name has the username.
 */
export const CATEGORY_LABEL = 'nublado.lsst.io/category';
export const USER_LABEL = 'nublado.lsst.io/user';
/** Identifies the spawn, or the pull, that made an object; not on objects made by other controllers. */
export const SPAWN_ID_LABEL = 'nublado.lsst.io/spawn-id';

/** Annotations that tell of a lab pod's user. */
export const USER_GROUPS_ANNOTATION = 'nublado.lsst.io/user-groups';
export const USER_NAME_ANNOTATION = 'nublado.lsst.io/user-name';

/** Annotation of a lab's pod: the digest by which it reports activity, to find it again without its workflow. */
export const HUB_TOKEN_DIGEST_ANNOTATION = 'nublado.lsst.io/hub-token-digest';

const ARGO_ANNOTATIONS = {
  'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
  'argocd.argoproj.io/sync-options': 'Prune=false',
};

/** Whom and which spawn a lab's objects belong to. */
export interface LabIdentity {
  readonly username: string;
  /** A valid label value. */
  readonly operationId: string;
  /** The Argo CD application that shows the objects, if any. */
  readonly application: string | null;
  /** Further labels; they never replace the controller's own. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The labels that select the objects of one user's lab. */
export function labSelector(username: string): Record<string, string> {
  return { [CATEGORY_LABEL]: 'lab', [USER_LABEL]: userLabelValue(username) };
}

/** Metadata of a lab's object; `annotations` are added to the common ones and may replace them. */
export function labMetadata(
  identity: LabIdentity,
  name: string,
  namespace?: string,
  annotations: Readonly<Record<string, string>> = {},
): V1ObjectMeta {
  const { username, operationId, application, labels } = identity;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: {
      ...labels,
      ...labSelector(username),
      [SPAWN_ID_LABEL]: operationId,
      'app.kubernetes.io/name': 'nublado-lab',
      'app.kubernetes.io/component': 'lab',
      'app.kubernetes.io/part-of': 'nublado',
      'app.kubernetes.io/managed-by': 'nublado-controller',
      ...(application === null ? {} : { 'argocd.argoproj.io/instance': application }),
    },
    annotations: {
      ...ARGO_ANNOTATIONS,
      ...annotations,
      ...(userLabelValue(username) === username ? {} : { [USER_LABEL]: username }),
    },
  };
}

/** By which JupyterHub's dashboards and tools tell users' servers and whose they are. */
const HUB_USERNAME = 'hub.jupyter.org/username';

/**
 * Metadata of a lab's pod: that of its objects, and what JupyterHub's own spawner puts on servers. Not its
 * `app: jupyterhub`, by which network policies admit the hub to every lab.
 */
export function labPodMetadata(
  identity: LabIdentity,
  name: string,
  namespace: string,
  annotations: Readonly<Record<string, string>>,
): V1ObjectMeta {
  const { username } = identity;
  const metadata = labMetadata(identity, name, namespace, { ...annotations, [HUB_USERNAME]: username });
  const labels = {
    ...metadata.labels,
    component: 'singleuser-server',
    [HUB_USERNAME]: userLabelValue(username),
  };
  return { ...metadata, labels };
}

/** Selects the objects of all labs, as a query takes it. */
export const LAB_SELECTOR = `${CATEGORY_LABEL}=lab`;

/** Selects the pods that pull images, as a query takes it. */
export const PREPULLER_SELECTOR = `${CATEGORY_LABEL}=prepuller`;

/** Metadata of a pod that pulls an image; `id` identifies the pull. */
export function prepullMetadata(id: string, name: string, namespace: string): V1ObjectMeta {
  return {
    name,
    namespace,
    labels: {
      [CATEGORY_LABEL]: 'prepuller',
      [SPAWN_ID_LABEL]: id,
      'app.kubernetes.io/name': 'nublado-prepuller',
      'app.kubernetes.io/component': 'prepuller',
      'app.kubernetes.io/part-of': 'nublado',
      'app.kubernetes.io/managed-by': 'nublado-controller',
    },
  };
}

/** Whether a pod pulls an image. */
export function isPrepullPod({ metadata }: { readonly metadata?: V1ObjectMeta }): boolean {
  return metadata?.labels?.[CATEGORY_LABEL] === 'prepuller';
}

/**
 * The user that an object is labelled with, or null. An annotation that does not belong to the label is ignored:
 * what then stands in the label is taken for a username.
 */
export function userOf({ metadata }: { readonly metadata?: V1ObjectMeta }): string | null {
  const value = metadata?.labels?.[USER_LABEL];
  if (value === undefined) return null;
  const username = metadata?.annotations?.[USER_LABEL] ?? value;
  return isLabUsername(username) && userLabelValue(username) === value ? username : value;
}

/** Whether an object is labelled as part of this user's lab; names alone prove nothing. */
export function isLabOf(object: { readonly metadata?: V1ObjectMeta }, username: string): boolean {
  return object.metadata?.labels?.[CATEGORY_LABEL] === 'lab' && userOf(object) === username;
}

/** The spawn that made an object, or null for objects of other controllers. */
export function spawnIdOf({ metadata }: { readonly metadata?: V1ObjectMeta }): string | null {
  return metadata?.labels?.[SPAWN_ID_LABEL] ?? null;
}
