import type { FileServerTarget } from '../domain/file-server';
import { fileServerName } from '../domain/file-server-key';
import { USER_LABEL, userLabelValue } from '../domain/lab-key';
import type { IdentifiedObject, KubernetesClient } from '../kubernetes/client';
import type { ObjectReference } from '../kubernetes/objects';
import { ignoreNotFound } from '../kubernetes/verdict';
import { CATEGORY_LABEL, SPAWN_ID_LABEL } from '../objects/labels';

type Named = Pick<FileServerTarget, 'username' | 'namespace'>;
type Routed = Named & Pick<FileServerTarget, 'routing'>;

const ROUTING_KINDS = {
  gafaelfawr: { apiVersion: 'gafaelfawr.lsst.io/v1alpha1', kind: 'GafaelfawrIngress' },
  ingress: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  httpRoute: { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
} as const;

function named(kind: { readonly apiVersion: string; readonly kind: string }, of: Named): ObjectReference {
  return { ...kind, metadata: { name: fileServerName(of.username), namespace: of.namespace } };
}

/** What the controller creates to make the file server reachable. */
export function routingOf(target: Routed): ObjectReference {
  return named(ROUTING_KINDS[target.routing], target);
}

/** What shows that requests arrive: the Ingress, also one that Gafaelfawr makes, or the HTTPRoute. */
export function servedOf(target: Routed): ObjectReference {
  return named(ROUTING_KINDS[target.routing === 'httpRoute' ? 'httpRoute' : 'ingress'], target);
}

export function serviceOf(target: Named): ObjectReference {
  return named({ apiVersion: 'v1', kind: 'Service' }, target);
}

export function jobOf(target: Named): ObjectReference {
  return named({ apiVersion: 'batch/v1', kind: 'Job' }, target);
}

/** Selects the objects of a user's file server, as a query takes it. */
export function ofUser(username: string): string {
  return `${CATEGORY_LABEL}=fileserver,${USER_LABEL}=${userLabelValue(username)}`;
}

type Labels = Readonly<Record<string, string>> | undefined;

/** Whether labels are those of this user's file server, of whichever creation. */
export function isOfUser(labels: Labels, username: string): boolean {
  return labels?.[CATEGORY_LABEL] === 'fileserver' && labels[USER_LABEL] === userLabelValue(username);
}

/** Whether labels are those of this file server; of other controllers where it has no creation of its own. */
export function isOfTarget(
  labels: Labels,
  { operationId, username }: Pick<FileServerTarget, 'operationId' | 'username'>,
): boolean {
  return isOfUser(labels, username) && (labels?.[SPAWN_ID_LABEL] ?? null) === operationId;
}

/** The metadata of an object; null where there is none. */
export async function identified(
  kubernetes: Pick<KubernetesClient, 'identify'>,
  reference: ObjectReference,
): Promise<IdentifiedObject['metadata'] | null> {
  return (await ignoreNotFound(() => kubernetes.identify(reference)))?.metadata ?? null;
}

/** The name of an object for messages. */
export function nameOf({ kind = '', metadata }: ObjectReference): string {
  return `${kind} ${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}
