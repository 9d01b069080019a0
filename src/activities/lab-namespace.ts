import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject, V1Namespace } from '@kubernetes/client-node';
import { Context } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import type { KubernetesClient } from '../kubernetes/client';
import { namespaceReference } from '../kubernetes/references';
import { classify, ignoreNotFound } from '../kubernetes/verdict';
import { isLabOf, spawnIdOf } from '../objects/reading/labels';
import { namespaceObstacle } from '../objects/reading/namespace';
import { finalFailure, notYet, obstacleFailure } from './failures';

/** A namespace that a spawn may create its objects in. */
export interface NamespaceClaim {
  readonly uid: string;
  readonly spawnId: string;
  /** Whether this attempt created it, so that no earlier attempt can have created anything in it. */
  readonly isNew: boolean;
}

/** Kinds of which the roles permit `get`. They do not for Secrets, whose contents are not needed. */
const READABLE: readonly (string | undefined)[] = ['ConfigMap', 'Pod', 'ResourceQuota'];

/** Number of requests to create a refused pod in one attempt: about four seconds. */
const POD_OFFERS = 8;

/**
 * Creates the namespace, or verifies that the present one belongs to this spawn.
 *
 * @throws ApplicationFailure of type `Obstacle` with the UID of a namespace of an earlier lab of this user.
 */
export async function claimNamespace(
  kubernetes: KubernetesClient,
  manifest: V1Namespace,
  spawnId: string,
  username: string,
): Promise<NamespaceClaim> {
  const made = await tryCreate(kubernetes, manifest);
  if (made !== null) return { uid: made, spawnId, isNew: true };
  const name = manifest.metadata?.name ?? '';
  const present = await ignoreNotFound(() => kubernetes.read<V1Namespace>(namespaceReference(name)));
  if (!present) throw notYet(`Namespace ${name} has just gone`, 1_000);
  const { uid = '', deletionTimestamp } = present.metadata ?? {};
  const isOfUser = isLabOf(present, username);
  if (deletionTimestamp) {
    const obstacle = isOfUser ? namespaceObstacle(present, Date.now()) : null;
    throw obstacle
      ? obstacleFailure({ ...obstacle, namespaceUid: uid })
      : notYet(`Namespace ${name} is still being deleted`, 1_000);
  }
  if (!isOfUser) {
    throw finalFailure('ObjectConflict', `Namespace ${name} exists and is not a lab of ${username}`);
  }
  if (spawnIdOf(present) === spawnId) return { uid, spawnId, isNew: false };
  throw toBeRemoved(uid, `Namespace ${name} is left from an earlier lab and has to go first`);
}

/**
 * Creates an object in the spawn's namespace and returns its UID; null when it cannot be read and an earlier attempt
 * may have created it. An existing object belongs to the spawn if it has its spawn ID. One of a kind that may not be
 * read belongs to the spawn only where earlier attempts worked in the namespace: in a new one no other spawn had
 * anything to create.
 *
 * @throws ApplicationFailure of type `Obstacle` when the object is of another spawn, whose delayed request has arrived
 *   in this namespace; the workflow then removes the namespace and creates it again.
 */
export async function createInside(
  kubernetes: KubernetesClient,
  manifest: KubernetesObject,
  claim: NamespaceClaim,
): Promise<string | null> {
  const made = await tryCreate(kubernetes, manifest);
  if (made !== null) return made;
  const { kind } = manifest;
  const { name = '', namespace = '' } = manifest.metadata ?? {};
  if (READABLE.includes(kind)) {
    const present = await ignoreNotFound(() => kubernetes.identify(manifest));
    if (!present) throw notYet(`${kind} ${namespace}/${name} has just gone`);
    if (spawnIdOf(present) === claim.spawnId) return present.metadata.uid;
  } else if (!claim.isNew) return null;
  throw toBeRemoved(
    claim.uid,
    `Namespace ${namespace} has got ${kind} ${name} of another spawn and is made anew`,
  );
}

/**
 * Creates the pod, with retries, and returns its UID. The API server refuses it until the namespace has its default
 * service account, which mostly exists by then; reading that first would cost a request per spawn.
 */
export async function createPod(
  kubernetes: KubernetesClient,
  pod: KubernetesObject,
  claim: NamespaceClaim,
): Promise<string> {
  const { cancellationSignal } = Context.current();
  for (let offer = 1; ; offer += 1) {
    try {
      const uid = await createInside(kubernetes, pod, claim);
      if (uid === null) throw new Error('pods can be read');
      return uid;
    } catch (error) {
      const verdict = classify(error);
      const isSoon = verdict.kind === 'retry' && verdict.afterMs !== null && verdict.afterMs < 1_000;
      if (!isSoon || offer === POD_OFFERS) throw error;
      await delay(verdict.afterMs * Math.min(offer, 4), undefined, { signal: cancellationSignal });
    }
  }
}

/** The message has the UID of the namespace, since equal obstacles are reported once and two namespaces differ. */
function toBeRemoved(namespaceUid: string, what: string): ApplicationFailure {
  const message = `${what} (UID ${namespaceUid}).`;
  return obstacleFailure({ message, isNamespace: true, isStuck: false, namespaceUid });
}

/** Creates an object and returns its UID; null when an object of the name exists. */
async function tryCreate(kubernetes: KubernetesClient, manifest: KubernetesObject): Promise<string | null> {
  try {
    return (await kubernetes.create(manifest)).uid;
  } catch (error) {
    if (classify(error).kind === 'alreadyExists') return null;
    throw error;
  }
}
