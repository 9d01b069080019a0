import type { PodObservation } from '../domain/pod';
import type { KubernetesClient } from '../kubernetes/client';
import { classify } from '../kubernetes/verdict';
import { PREPULLER_SELECTOR } from '../objects/labels';
import { type PrepullPodInput, prepullPod } from '../objects/prepull-pod';
import { isPrepullPod, spawnIdOf } from '../objects/reading/labels';
import { observePod } from '../objects/reading/pod';
import { orNull } from './absence';
import { finalFailure, notYet } from './failures';
import { withHeartbeat } from './heartbeat';

/** What the prepull activities work with. */
export interface PrepullDependencies {
  readonly kubernetes: KubernetesClient;
}

/** A prepull pod as it is now. */
export interface NamedPod {
  readonly name: string;
  readonly pod: PodObservation;
}

type PodName = Pick<PrepullPodInput, 'name' | 'namespace'>;

export type PrepullActivities = ReturnType<typeof createPrepullActivities>;

/** The steps of a pull that touch Kubernetes. Each can be repeated, and cut off, at any point. */
export function createPrepullActivities({ kubernetes }: PrepullDependencies) {
  /** Nothing in the pod needs an orderly end, and the kubelet of a lost node would never say that it is over. */
  const remove = ({ name, namespace }: PodName) =>
    orNull(() =>
      kubernetes.core.deleteNamespacedPod({
        name,
        namespace,
        gracePeriodSeconds: 0,
        body: { gracePeriodSeconds: 0 },
      }),
    );

  /** The pod of an earlier attempt of this pull. @throws NotYet once another pull's pod is out of the way. */
  const existing = async (input: PrepullPodInput): Promise<string> => {
    const { id, name, namespace } = input;
    const pod = await orNull(() => kubernetes.core.readNamespacedPod({ name, namespace }));
    if (pod && spawnIdOf(pod) === id) return pod.metadata?.uid ?? '';
    if (pod && !isPrepullPod(pod)) {
      throw finalFailure('ObjectConflict', `Pod ${namespace}/${name} exists and pulls no image`);
    }
    await remove(input);
    throw notYet(`Pod ${name} of an earlier pull was in the way`);
  };

  return {
    /** Makes the pod that pulls an image; returns its UID. */
    async createPrepullPod(input: PrepullPodInput): Promise<string> {
      return withHeartbeat(async () => {
        try {
          return (await kubernetes.create(prepullPod(input))).uid;
        } catch (error) {
          if (classify(error).kind !== 'alreadyExists') throw error;
          return existing(input);
        }
      });
    },

    /** Removes a pod, at once and whatever it does. */
    async deletePrepullPod(pod: PodName): Promise<void> {
      await withHeartbeat(() => remove(pod));
    },

    /** All prepull pods of the namespace, with one request. */
    async readPrepullPods({ namespace }: Pick<PodName, 'namespace'>): Promise<NamedPod[]> {
      const labelSelector = PREPULLER_SELECTOR;
      const list = () => kubernetes.core.listNamespacedPod({ namespace, labelSelector });
      const { items } = await withHeartbeat(list);
      return items.map((pod) => ({ name: pod.metadata?.name ?? '', pod: observePod(pod) }));
    },
  };
}
