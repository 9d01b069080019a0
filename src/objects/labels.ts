import type { V1ObjectMeta } from '@kubernetes/client-node';

/*
 * Labels and annotations of the objects that the controller makes, common to all kinds of them. What a lab's objects
 * have besides is in `lab/metadata.ts`. Labels are read, and checked, in `reading/labels.ts`.
 */

/** Label by which the controller and deployed network policies find objects; its value is a `Category`. */
export const CATEGORY_LABEL = 'nublado.lsst.io/category';

/** Identifies the spawn, or the pull, that made an object; not on objects made by other controllers. */
export const SPAWN_ID_LABEL = 'nublado.lsst.io/spawn-id';

/** Annotations of a lab's pod: the name and the groups of its user, with which the lab can be recovered. */
export const USER_NAME_ANNOTATION = 'nublado.lsst.io/user-name';
export const USER_GROUPS_ANNOTATION = 'nublado.lsst.io/user-groups';

/** Annotation of a lab's pod: SHA-256 of the hub's token with which it reports activity, for its recovery. */
export const HUB_TOKEN_DIGEST_ANNOTATION = 'nublado.lsst.io/hub-token-digest';

/** The kinds of things that the controller makes objects for. */
export type Category = 'lab' | 'prepuller' | 'fileserver' | 'fsadmin';

/** Selects the objects of all labs, as a query takes it. */
export const LAB_SELECTOR = `${CATEGORY_LABEL}=lab`;

/** Selects the pods that pull images, as a query takes it. */
export const PREPULLER_SELECTOR = `${CATEGORY_LABEL}=prepuller`;

/** Selects the objects of all file servers, as a query takes it. */
export const FILE_SERVER_SELECTOR = `${CATEGORY_LABEL}=fileserver`;

/** Selects the objects for file system administration, as a query takes it. */
export const FSADMIN_SELECTOR = `${CATEGORY_LABEL}=fsadmin`;

/** Keep Argo CD from showing objects that it has not made as deviations, and from removing them. */
export const ARGO_ANNOTATIONS = {
  'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
  'argocd.argoproj.io/sync-options': 'Prune=false',
};

/** The label by which Argo CD shows objects as part of an application, if one is configured. */
export function argoLabels(application: string | null): Values {
  return application === null ? {} : { 'argocd.argoproj.io/instance': application };
}

type Values = Readonly<Record<string, string>>;

/** The labels of every object of one kind; `id` identifies the spawn or pull, `identity` what else the object is of. */
export function commonLabels(category: Category, id: string, identity: Values = {}): Values {
  return {
    [CATEGORY_LABEL]: category,
    ...identity,
    [SPAWN_ID_LABEL]: id,
    'app.kubernetes.io/name': `nublado-${category}`,
    'app.kubernetes.io/component': category,
    'app.kubernetes.io/part-of': 'nublado',
    'app.kubernetes.io/managed-by': 'nublado-controller',
  };
}

/** The metadata that all objects of a set have. */
export interface SetMetadata {
  readonly labels: Values;
  /** Annotations that those of a single object may replace. */
  readonly defaultAnnotations: Values;
  /** Annotations that nothing replaces. */
  readonly annotations: Values;
}

/** The metadata of one object of a set, in values of its own; `namespace` is absent for objects without one. */
export function objectMetadata(
  set: SetMetadata,
  name: string,
  namespace?: string,
  annotations: Values = {},
): V1ObjectMeta {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { ...set.labels },
    annotations: { ...set.defaultAnnotations, ...annotations, ...set.annotations },
  };
}
