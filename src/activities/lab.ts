import { Context, log } from '@temporalio/activity';
import type { LabPlace, ProvenAddress } from '../domain/lab-address';
import { labWorkflowId, podName } from '../domain/lab-key';
import type { PodObservation } from '../domain/pod';
import type { KubernetesClient } from '../kubernetes/client';
import { isLabOf } from '../objects/reading/labels';
import { namespaceObstacle } from '../objects/reading/namespace';
import { observePod } from '../objects/reading/pod';
import type { AddressProver } from '../sealing/address-proof';
import type { SpawnRequest } from '../workflows/lab/messages';
import { orNull } from './absence';
import { finalFailure, notYet, obstacleFailure } from './failures';
import { withHeartbeat } from './heartbeat';
import { createLab, type LabMaterials } from './lab-creation';
import type { LabObserver } from './lab-observer';
import { tellingObstacles } from './obstacles';

/** What the lab activities work with. */
export interface LabDependencies extends LabMaterials {
  readonly kubernetes: KubernetesClient;
  readonly observer: LabObserver;
  readonly prover: Pick<AddressProver, 'isProven'>;
}

/** What the workflow of a lab that waits has been told is in the way; absent where it does not take that. */
interface Told {
  readonly told?: string | null;
}

/**
 * How long after its deletion a namespace is first looked for. The namespace controller takes at least
 * five seconds for one that held pods.
 */
const NAMESPACE_DELETION_MS = 5_500;

const podOf = ({ username, namespace }: LabPlace) => ({ name: podName(username), namespace });

export type LabActivities = ReturnType<typeof createLabActivities>;

/** The steps of a lab's life that touch Kubernetes. Each can be repeated, and cut off, at any point. */
export function createLabActivities(dependencies: LabDependencies) {
  const { kubernetes, observer, prover } = dependencies;

  /** Labs that were accepted under another prefix keep their namespaces, which are known by their labels. */
  const isOwn = async (lab: LabPlace): Promise<boolean> => {
    if (observer.isAtHome(lab)) return true;
    const namespace = await orNull(() => kubernetes.core.readNamespace({ name: lab.namespace }));
    return namespace !== null && isLabOf(namespace, lab.username);
  };

  return {
    /**
     * Creates the namespace and everything in it, the pod last; returns its UID if this attempt made it. Refuses
     * a request that is not as the API has accepted it, for this very workflow.
     */
    async createLabObjects({ told, ...request }: SpawnRequest & Told): Promise<string | null> {
      return withHeartbeat(() => tellingObstacles(told, () => createLab(dependencies, request)));
    },

    /** The pod as it is now, or null when there is none. */
    async readPod(lab: LabPlace): Promise<PodObservation | null> {
      const read = async () => {
        const pod = await kubernetes.core.readNamespacedPod(podOf(lab));
        return (await isOwn(lab)) ? observer.vouchFor(lab.username, pod) : observePod(pod);
      };
      return withHeartbeat(() => orNull(read));
    },

    /** Whether a process of the controller has read this address from the lab's pod. Asks nobody. */
    async isAddressProven({
      address,
      ...lab
    }: LabPlace & { readonly address: ProvenAddress }): Promise<boolean> {
      return prover.isProven(lab, address);
    },

    /** Begins to delete the pod; returns its UID, or null when there is none, or none of this user's. */
    async deletePod({ graceMs, ...lab }: LabPlace & { readonly graceMs: number }): Promise<string | null> {
      requireWorkflowOf(lab);
      const gracePeriodSeconds = Math.ceil(graceMs / 1000);
      const remove = async () => {
        if (!(await isOwn(lab))) return leaveAlone(lab);
        const pod = await kubernetes.core.deleteNamespacedPod({
          ...podOf(lab),
          gracePeriodSeconds,
          body: { gracePeriodSeconds },
        });
        return pod.metadata?.uid ?? null;
      };
      return withHeartbeat(() => orNull(remove));
    },

    /**
     * Completes once the namespace is gone; each attempt is one look. A namespace that is not labelled as
     * this user's lab is none of ours and left alone. Ends with an obstacle when something keeps the namespace
     * that the workflow has not been told.
     */
    async deleteNamespace({ told, ...lab }: LabPlace & Told): Promise<void> {
      requireWorkflowOf(lab);
      return withHeartbeat(() => tellingObstacles(told, () => removeNamespace(kubernetes, lab)));
    },
  };
}

/** Only a user's one workflow may end their lab, whoever has started it. */
function requireWorkflowOf({ username }: LabPlace): void {
  const { workflowExecution } = Context.current().info;
  if (workflowExecution?.workflowId === labWorkflowId(username)) return;
  throw finalFailure(
    'PlanRefused',
    `Only workflow ${labWorkflowId(username)} may end the lab of ${username}`,
  );
}

function leaveAlone({ namespace }: LabPlace): null {
  log.warn('left a namespace alone that is not a lab of this user', { namespace });
  return null;
}

/** One look at a namespace, and its deletion where that is still to be done. @throws NotYet while it is there. */
async function removeNamespace(
  kubernetes: KubernetesClient,
  { username, namespace: name }: LabPlace,
): Promise<void> {
  const namespace = await orNull(() => kubernetes.core.readNamespace({ name }));
  if (!namespace) return;
  if (!isLabOf(namespace, username)) {
    leaveAlone({ username, namespace: name });
    return;
  }
  if (namespace.metadata?.deletionTimestamp) {
    const obstacle = namespaceObstacle(namespace, Date.now());
    throw obstacle ? obstacleFailure(obstacle) : notYet(`Namespace ${name} is still there`);
  }
  const { uid } = namespace.metadata ?? {};
  await orNull(() => kubernetes.core.deleteNamespace({ name, body: { preconditions: { uid } } }));
  throw notYet(`Namespace ${name} is being deleted`, NAMESPACE_DELETION_MS);
}
