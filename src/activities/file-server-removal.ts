import type { V1Pod } from '@kubernetes/client-node';
import { Context, log } from '@temporalio/activity';
import type { FileServerTarget, FileServerUids } from '../domain/file-server';
import type { ObjectInTheWay } from '../domain/obstacles';
import type { KubernetesClient } from '../kubernetes/client';
import type { DeleteOptions, ObjectReference } from '../kubernetes/objects';
import { coreCollection, coreReference } from '../kubernetes/references';
import { orGone } from '../kubernetes/verdict';
import { observePod } from '../objects/reading/pod';
import { notYet, obstacleFailure } from './failures';
import {
  identified,
  isOfTarget,
  isOfUser,
  jobOf,
  nameOf,
  ofUser,
  routingOf,
  servedOf,
  serviceOf,
} from './file-server-objects';

/** How long objects may take to go before the workflow is told what keeps them; ordinary removals take less. */
const REPORT_AFTER_MS = 8_000;

/** The order in which objects go: first the way in, so that users are led to the API, which waits for the rest. */
const PARTS = ['ingress', 'service', 'job'] as const satisfies readonly (keyof FileServerUids)[];

type Kubernetes = Pick<KubernetesClient, 'identify' | 'list' | 'remove'>;

/**
 * Deletes the objects of a file server, each with its UID as precondition, and looks what is left. The first attempt
 * deletes those whose UIDs are known without reading them.
 *
 * @throws NotYet while anything is left; an obstacle after a while.
 */
export async function removeAll(
  kubernetes: Kubernetes,
  target: FileServerTarget,
  isForced: boolean,
): Promise<void> {
  const isFirst = Context.current().info.attempt === 1;
  const left: string[] = [];
  for (const part of PARTS) {
    const uid = isFirst ? target.uids[part] : undefined;
    const reference = referenceOf(part, target);
    if (!(await isPartGone(kubernetes, target, reference, uid))) left.push(nameOf(reference));
  }
  // Of a GafaelfawrIngress the Ingress goes after it.
  if (target.routing === 'gafaelfawr' && !(await isIngressGone(kubernetes, target))) {
    left.push(nameOf(servedOf(target)));
  }
  if (isForced) await deletePods(kubernetes, target);
  left.push(...(await deleteClaims(kubernetes, target)));
  if (left.length > 0) throw await stillThere(kubernetes, target, left);
}

function referenceOf(part: (typeof PARTS)[number], target: FileServerTarget): ObjectReference {
  switch (part) {
    case 'ingress':
      return routingOf(target);
    case 'service':
      return serviceOf(target);
    case 'job':
      return jobOf(target);
  }
}

/** The pod of a job is to be gone before the job is. */
const optionsOf = ({ kind }: Pick<ObjectReference, 'kind'>, uid: string): DeleteOptions =>
  kind === 'Job' ? { uid, propagationPolicy: 'Foreground' } : { uid };

/** Asks for the deletion of an object, unless that was done; returns whether it is gone, or its name another one's. */
async function isPartGone(
  kubernetes: Kubernetes,
  target: FileServerTarget,
  reference: ObjectReference,
  knownUid: string | undefined,
): Promise<boolean> {
  if (knownUid !== undefined) {
    const deleted = await remove(kubernetes, reference, knownUid);
    if (deleted) return false;
  }
  const present = await identified(kubernetes, reference);
  if (!present) return true;
  if (!isOfTarget(present.labels, target)) {
    log.warn('left an object alone that is not of this file server', { object: nameOf(reference) });
    return true;
  }
  if (present.deletionTimestamp === undefined) await remove(kubernetes, reference, present.uid);
  return false;
}

/** Whether there was an object with this UID to delete. */
async function remove(kubernetes: Kubernetes, reference: ObjectReference, uid: string): Promise<boolean> {
  const deleted = await orGone(async () => {
    await kubernetes.remove(reference, optionsOf(reference, uid));
    return true;
  });
  return deleted === true;
}

async function isIngressGone(kubernetes: Kubernetes, target: FileServerTarget): Promise<boolean> {
  const present = await identified(kubernetes, servedOf(target));
  return !present || !isOfTarget(present.labels, target);
}

/** Deletes the pods without grace, which the end of the job waits for. */
async function deletePods(kubernetes: Kubernetes, target: FileServerTarget): Promise<void> {
  const { namespace } = target;
  for (const { metadata } of await podsOf(kubernetes, target)) {
    const { labels, name, uid } = metadata ?? {};
    if (!name || !uid || !isOfTarget(labels, target)) continue;
    const reference = coreReference('Pod', { namespace, name });
    await orGone(() => kubernetes.remove(reference, { uid, gracePeriodSeconds: 0 }));
  }
}

const podsOf = (kubernetes: Kubernetes, target: FileServerTarget): Promise<readonly V1Pod[]> =>
  kubernetes.list(coreCollection('Pod', target.namespace), { labelSelector: ofUser(target.username) });

/** Deletes the claims; returns those that are left. They are found by label: volumes may have left the configuration. */
async function deleteClaims(kubernetes: Kubernetes, target: FileServerTarget): Promise<string[]> {
  const { namespace, username } = target;
  const labelSelector = ofUser(username);
  const claims = await kubernetes.list(coreCollection('PersistentVolumeClaim', namespace), { labelSelector });
  const left: string[] = [];
  for (const { metadata } of claims) {
    const { deletionTimestamp, labels, name, uid } = metadata ?? {};
    if (!name || !uid || !isOfTarget(labels, target)) continue;
    const reference = coreReference('PersistentVolumeClaim', { namespace, name });
    left.push(nameOf(reference));
    if (deletionTimestamp === undefined) await remove(kubernetes, reference, uid);
  }
  return left;
}

async function stillThere(
  kubernetes: Kubernetes,
  target: FileServerTarget,
  left: readonly string[],
): Promise<Error> {
  const what = `${left.join(', ')} ${left.length === 1 ? 'is' : 'are'} still being deleted`;
  if (Date.now() - Context.current().info.scheduledTimestampMs < REPORT_AFTER_MS) return notYet(what);
  const message = `${what}. ${await keeperOf(kubernetes, target)}`;
  return obstacleFailure({ message, isNamespace: false, isStuck: false });
}

/** What keeps the pod of a file server, as far as that can be seen, and who must do what. */
async function keeperOf(kubernetes: Kubernetes, target: FileServerTarget): Promise<string> {
  const present = await podsOf(kubernetes, target);
  const pods = present.filter(({ metadata }) => isOfTarget(metadata?.labels, target)).map(observePod);
  const lost = pods.find(({ lostNode }) => lostNode !== undefined);
  if (lost) {
    return `Node ${lost.lostNode} cannot be reached, so the pod does not end. An operator has to bring the node back, or to force the shutdown.`;
  }
  const finalizers = pods.flatMap(({ finalizers = [] }) => finalizers);
  if (finalizers.length > 0) return `The pod is kept by finalizer ${finalizers.join(', ')}.`;
  return pods.length > 0 ? 'The pod has not ended yet.' : 'Something else in the cluster keeps them.';
}

/**
 * Removes an object of an earlier file server of the user, which has to go before another one can be created. Completes
 * once the object with this UID is gone.
 *
 * @throws NotYet while it exists.
 */
export async function removeInTheWay(
  kubernetes: Kubernetes,
  {
    username,
    namespace,
    apiVersion,
    kind,
    name,
    uid,
  }: ObjectInTheWay & Pick<FileServerTarget, 'username' | 'namespace'>,
): Promise<void> {
  const reference: ObjectReference = { apiVersion, kind, metadata: { name, namespace } };
  if (kind === 'PersistentVolumeClaim') return removeClaim(kubernetes, username, reference, uid);
  const present = await identified(kubernetes, reference);
  if (present?.uid !== uid || !isOfUser(present.labels, username)) return;
  if (present.deletionTimestamp === undefined) await remove(kubernetes, reference, uid);
  throw notYet(`${nameOf(reference)} is being deleted`);
}

async function removeClaim(
  kubernetes: Kubernetes,
  username: string,
  reference: ObjectReference,
  uid: string,
): Promise<void> {
  const collection = coreCollection('PersistentVolumeClaim', reference.metadata?.namespace);
  const claims = await kubernetes.list(collection, { labelSelector: ofUser(username) });
  const present = claims.find(({ metadata }) => metadata?.uid === uid)?.metadata;
  if (!present) return;
  if (present.deletionTimestamp === undefined) await remove(kubernetes, reference, uid);
  throw notYet(`${nameOf(reference)} is being deleted`);
}
