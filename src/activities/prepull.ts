import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { PodObservation } from '../domain/pod';
import { POD_IN_THE_WAY, type PullPod } from '../domain/pull-pod';
import type { KubernetesClient } from '../kubernetes/client';
import { classify, ignoreNotFound, orGone } from '../kubernetes/verdict';
import { PREPULLER_SELECTOR } from '../objects/labels';
import { type PrepullPodInput, prepullPod } from '../objects/prepull-pod';
import { identityOf, isPrepullPod } from '../objects/reading/labels';
import { observePod } from '../objects/reading/pod';
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

export type PrepullActivities = ReturnType<typeof createPrepullActivities>;

/** The steps of a pull that touch Kubernetes. Each can be repeated, and cut off, at any point. */
export function createPrepullActivities({ kubernetes }: PrepullDependencies) {
  const read = ({ name, namespace }: PullPod) =>
    ignoreNotFound(() => kubernetes.core.readNamespacedPod({ name, namespace }));

  /**
   * Nothing in the pod needs an orderly end, and the kubelet of a lost node would never say that it is over. The UID is
   * the precondition, so that no other pod of the name can be hit.
   */
  const removeByUid = ({ name, namespace }: PullPod, uid: string) =>
    orGone(() =>
      kubernetes.core.deleteNamespacedPod({
        name,
        namespace,
        gracePeriodSeconds: 0,
        body: { gracePeriodSeconds: 0, preconditions: { uid } },
      }),
    );

  const remove = async (target: PullPod): Promise<void> => {
    if (target.uid) {
      await removeByUid(target, target.uid);
      return;
    }
    const pod = await read(target);
    if (!pod || !isPrepullPod(pod)) return;
    const { spawnId, uid } = identityOf(pod);
    if (target.id === undefined || spawnId === target.id) await removeByUid(target, uid);
  };

  /**
   * The pod of an earlier attempt of this pull. Another pull's is left to the workflow: this attempt may be one whose pull
   * is over, and the pod that of the next one.
   */
  const existing = async (input: PrepullPodInput): Promise<string> => {
    const { id, name, namespace } = input;
    const pod = await read(input);
    if (!pod) throw notYet(`Pod ${name} of an earlier pull was in the way`);
    const { spawnId, uid } = identityOf(pod);
    if (spawnId === id) return uid;
    if (!isPrepullPod(pod)) {
      throw finalFailure('ObjectConflict', `Pod ${namespace}/${name} exists and pulls no image`);
    }
    throw ApplicationFailure.create({
      type: POD_IN_THE_WAY,
      message: `Pod ${namespace}/${name} of another pull exists`,
      nonRetryable: true,
      details: [uid],
      category: ApplicationFailureCategory.BENIGN,
    });
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

    /** Removes a pull's pod, at once and whatever it does; another pod of its name stays. */
    async deletePrepullPod(pod: PullPod): Promise<void> {
      await withHeartbeat(() => remove(pod));
    },

    /** All prepull pods of the namespace, with one request. */
    async readPrepullPods({ namespace }: Pick<PullPod, 'namespace'>): Promise<NamedPod[]> {
      const labelSelector = PREPULLER_SELECTOR;
      const list = () => kubernetes.core.listNamespacedPod({ namespace, labelSelector });
      const { items } = await withHeartbeat(list);
      return items.map((pod) => ({ name: pod.metadata?.name ?? '', pod: observePod(pod) }));
    },
  };
}
