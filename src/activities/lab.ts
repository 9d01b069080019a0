import { log } from '@temporalio/activity';
import type { LabPlan } from '../domain/lab-plan';
import { podName } from '../domain/names';
import type { PodObservation } from '../domain/pod';
import type { KubernetesClient } from '../kubernetes/client';
import { namespaceObstacle } from '../objects/lab/namespace-obstacle';
import { observePod } from '../objects/lab/observation';
import { isLabOf } from '../objects/labels';
import { orNull } from './absence';
import { notYet, obstacleFailure } from './failures';
import { withHeartbeat } from './heartbeat';
import { createLab, type LabMaterials } from './lab-creation';
import { tellingObstacles } from './obstacles';

/** What the lab activities work with. */
export interface LabDependencies extends LabMaterials {
  readonly kubernetes: KubernetesClient;
}

/** Names the lab an activity is about. */
interface LabInput {
  readonly username: string;
  readonly namespace: string;
}

/** What the workflow of a lab that waits has been told is in the way; absent where it does not take that. */
interface Told {
  readonly told?: string | null;
}

interface CreationInput extends Told {
  /** Marks the objects, so that a repeated attempt recognises its own. */
  readonly operationId: string;
  readonly plan: LabPlan;
}

/**
 * How long after its deletion a namespace is first looked for. The namespace controller takes at least
 * five seconds for one that held pods.
 */
const NAMESPACE_DELETION_MS = 5_500;

const podOf = ({ username, namespace }: LabInput) => ({ name: podName(username), namespace });

export type LabActivities = ReturnType<typeof createLabActivities>;

/** The steps of a lab's life that touch Kubernetes. Each can be repeated, and cut off, at any point. */
export function createLabActivities(dependencies: LabDependencies) {
  const { kubernetes } = dependencies;

  return {
    /** Creates the namespace and everything in it, the pod last; returns its UID if this attempt made it. */
    async createLabObjects({ operationId, plan, told }: CreationInput): Promise<string | null> {
      const create = () => createLab(dependencies, operationId, plan);
      return withHeartbeat(() => tellingObstacles(told, create));
    },

    /** The pod as it is now, or null when there is none. */
    async readPod(lab: LabInput): Promise<PodObservation | null> {
      const read = async () => observePod(await kubernetes.core.readNamespacedPod(podOf(lab)));
      return withHeartbeat(() => orNull(read));
    },

    /** Begins to delete the pod; returns its UID, or null when there is none. */
    async deletePod({ graceMs, ...lab }: LabInput & { readonly graceMs: number }): Promise<string | null> {
      const gracePeriodSeconds = Math.ceil(graceMs / 1000);
      const remove = async () => {
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
    async deleteNamespace({ told, ...lab }: LabInput & Told): Promise<void> {
      return withHeartbeat(() => tellingObstacles(told, () => removeNamespace(kubernetes, lab)));
    },
  };
}

/** One look at a namespace, and its deletion where that is still to be done. @throws NotYet while it is there. */
async function removeNamespace(
  kubernetes: KubernetesClient,
  { username, namespace: name }: LabInput,
): Promise<void> {
  const namespace = await orNull(() => kubernetes.core.readNamespace({ name }));
  if (!namespace) return;
  if (!isLabOf(namespace, username)) {
    log.warn('left a namespace alone that is not a lab of this user', { namespace: name });
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
