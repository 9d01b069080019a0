import type { V1Namespace, V1Pod } from '@kubernetes/client-node';
import { Context, log } from '@temporalio/activity';
import {
  isTargetNamespace,
  isTargetPod,
  type LabPlace,
  type LabTarget,
  type ProvenAddress,
} from '../domain/lab-address';
import { labWorkflowId, podName } from '../domain/lab-key';
import type { PodObservation } from '../domain/pod';
import type { KubernetesClient } from '../kubernetes/client';
import type { ObjectReference } from '../kubernetes/objects';
import { coreReference, namespaceReference } from '../kubernetes/references';
import { ignoreNotFound, orGone } from '../kubernetes/verdict';
import { identityOf, isLabOf, userOf } from '../objects/reading/labels';
import { namespaceObstacle } from '../objects/reading/namespace';
import { observePod } from '../objects/reading/pod';
import type { AddressProver } from '../sealing/address-proof';
import type { SpawnRequest } from '../workflows/lab/messages';
import { finalFailure, notYet, obstacleFailure, withObstacles } from './failures';
import { createLab, type LabCreationSources } from './lab-creation';
import type { LabObserver } from './lab-observer';
import { withHeartbeat } from './lease';

/** Dependencies of the lab activities. */
export interface LabDependencies extends LabCreationSources {
  readonly kubernetes: KubernetesClient;
  readonly observer: LabObserver;
  readonly prover: Pick<AddressProver, 'isProven'>;
}

/** The obstacle that the workflow knows already; absent where the workflow does not handle obstacles. */
interface Told {
  readonly told?: string | null;
}

/**
 * Delay between the deletion of a namespace and the first read. The namespace controller takes at least five seconds
 * for one that held pods.
 */
const NAMESPACE_DELETION_MS = 5_500;

const podOf = ({ username, namespace }: LabPlace): ObjectReference =>
  coreReference('Pod', { namespace, name: podName(username) });

export type LabActivities = ReturnType<typeof createLabActivities>;

/** The activities of a lab, which send requests to Kubernetes. Each can be repeated, and interrupted, at any point. */
export function createLabActivities(dependencies: LabDependencies) {
  const { kubernetes, observer, prover } = dependencies;

  /** Labs that were accepted under another prefix keep their namespaces, which are recognised by their labels. */
  const isOwn = async (lab: LabPlace): Promise<boolean> => {
    if (observer.isInConfiguredNamespace(lab)) return true;
    const namespace = await ignoreNotFound(() => kubernetes.read(namespaceReference(lab.namespace)));
    return namespace !== null && isLabOf(namespace, lab.username);
  };

  return {
    /**
     * Creates the namespace and everything in it, the pod last; returns the pod's UID. Refuses a request that is not
     * exactly as the API accepted it for this workflow. Earlier versions return null for the pod of an earlier attempt.
     */
    async createLabObjects({ told, ...request }: SpawnRequest & Told): Promise<string | null> {
      return withHeartbeat(() => withObstacles(told, () => createLab(dependencies, request)));
    },

    /** Reads the lab's pod; null when there is none, or another pod has its name. */
    async readPod(target: LabTarget): Promise<PodObservation | null> {
      const read = async () => {
        const pod = await kubernetes.read<V1Pod>(podOf(target));
        if (!isTargetPod(target, identityOf(pod))) return null;
        return (await isOwn(target)) ? observer.observeWithProof(target.username, pod) : observePod(pod);
      };
      return withHeartbeat(() => ignoreNotFound(read));
    },

    /** Whether a process of the controller has read this address from the lab's pod. Sends no request. */
    async isAddressProven({
      address,
      ...lab
    }: LabPlace & { readonly address: ProvenAddress }): Promise<boolean> {
      return prover.isProven(lab, address);
    },

    /** Requests the deletion of the lab's pod; returns its UID, or null when it is gone or another pod has its name. */
    async deletePod({
      graceMs,
      ...target
    }: LabTarget & { readonly graceMs: number }): Promise<string | null> {
      requireWorkflowOf(target);
      return withHeartbeat(async () => {
        if (await isOwn(target)) return removePod(kubernetes, target, graceMs);
        leaveAlone('a namespace that is not a lab of this user', target);
        return null;
      });
    },

    /**
     * Completes once the lab's namespace is gone or another one has its name; each attempt reads once. A namespace that
     * is not labelled as this user's lab is left alone. Ends with an obstacle when the namespace is kept by something
     * that the workflow does not know yet.
     */
    async deleteNamespace({ told, ...target }: LabTarget & Told): Promise<void> {
      requireWorkflowOf(target);
      return withHeartbeat(() => withObstacles(told, () => removeNamespace(kubernetes, target)));
    },
  };
}

/** Only the user's own workflow may end their lab, whichever process or person has started the workflow. */
function requireWorkflowOf({ username }: LabPlace): void {
  const { workflowExecution } = Context.current().info;
  if (workflowExecution?.workflowId === labWorkflowId(username)) return;
  throw finalFailure(
    'PlanRefused',
    `Only workflow ${labWorkflowId(username)} may end the lab of ${username}`,
  );
}

function leaveAlone(what: string, { namespace, podUid, spawnId }: LabTarget): void {
  log.warn(`left ${what} alone`, { namespace, podUid, spawnId });
}

/**
 * Deletes the pod, and no other one of its name even if the request arrives late: the UID is the precondition. A UID
 * that the workflow knows is used without a read. Where it knows none, or the pod has another one, the present pod is
 * read, and deleted only if its label has the spawn ID.
 */
async function removePod(
  kubernetes: KubernetesClient,
  target: LabTarget,
  graceMs: number,
): Promise<string | null> {
  const gracePeriodSeconds = Math.ceil(graceMs / 1000);
  const remove = (uid: string) =>
    orGone(async () => {
      await kubernetes.remove(podOf(target), { uid, gracePeriodSeconds });
      return uid;
    });
  if (target.podUid) {
    const deleted = await remove(target.podUid);
    if (deleted !== 'replaced') return deleted;
  }
  const present = await ignoreNotFound(() => kubernetes.read<V1Pod>(podOf(target)));
  if (!present) return null;
  const identity = identityOf(present);
  const owner = userOf(present) ?? target.username;
  if (owner !== target.username || !isTargetPod(target, identity)) {
    leaveAlone('a pod that is not of this spawn', target);
    return null;
  }
  const deleted = await remove(identity.uid);
  if (deleted === 'replaced') throw notYet('The pod was replaced while it was looked at');
  return deleted;
}

/** Reads a namespace once, and deletes it unless that was requested already. @throws NotYet while it exists. */
async function removeNamespace(kubernetes: KubernetesClient, target: LabTarget): Promise<void> {
  const { username, namespace: name } = target;
  const namespace = await ignoreNotFound(() => kubernetes.read<V1Namespace>(namespaceReference(name)));
  if (!namespace) return;
  if (!isLabOf(namespace, username) || !isTargetNamespace(target, identityOf(namespace))) {
    leaveAlone('a namespace that is not of this spawn', target);
    return;
  }
  const { uid } = identityOf(namespace);
  if (namespace.metadata?.deletionTimestamp) {
    const obstacle = namespaceObstacle(namespace, Date.now());
    throw obstacle
      ? obstacleFailure({ ...obstacle, namespaceUid: uid })
      : notYet(`Namespace ${name} is still there`);
  }
  await orGone(() => kubernetes.remove(namespaceReference(name), { uid }));
  throw notYet(`Namespace ${name} is being deleted`, NAMESPACE_DELETION_MS);
}
