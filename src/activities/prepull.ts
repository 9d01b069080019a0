import type { V1Pod } from '@kubernetes/client-node';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { PodObservation } from '../domain/pod';
import { POD_IN_THE_WAY, type PullPod } from '../domain/prepull';
import type { KubernetesClient } from '../kubernetes/client';
import { coreCollection, coreReference } from '../kubernetes/references';
import { classify, ignoreNotFound, orGone } from '../kubernetes/verdict';
import { PREPULLER_SELECTOR } from '../objects/labels';
import { type PrepullPodInput, prepullPod } from '../objects/prepull-pod';
import { identityOf, isPrepullPod } from '../objects/reading/labels';
import { observePod } from '../objects/reading/pod';
import { finalFailure, notYet } from './failures';
import { withHeartbeat } from './lease';

/** Dependencies of the prepull activities. */
export interface PrepullDependencies {
  readonly kubernetes: KubernetesClient;
}

/** A prepull pod as it was read. */
export interface NamedPod {
  readonly name: string;
  readonly pod: PodObservation;
}

export type PrepullActivities = ReturnType<typeof createPrepullActivities>;

/** The activities of a pull, which send requests to Kubernetes. Each can be repeated, and interrupted, at any point. */
export function createPrepullActivities({ kubernetes }: PrepullDependencies) {
  const read = (target: PullPod) =>
    ignoreNotFound(() => kubernetes.read<V1Pod>(coreReference('Pod', target)));

  /**
   * Deletes without grace: nothing in the pod needs an orderly end, and the kubelet of a lost node would never confirm
   * one. The UID is the precondition, so that no other pod of the name can be deleted.
   */
  const removeByUid = (target: PullPod, uid: string) =>
    orGone(() => kubernetes.remove(coreReference('Pod', target), { uid, gracePeriodSeconds: 0 }));

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
   * The pod of an earlier attempt of this pull. The pod of another pull is left to the workflow: the pull of this
   * attempt may be over, and the pod may be that of the next one.
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
    /** Creates the pod that pulls an image; returns its UID. */
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

    /** Deletes a pull's pod without grace, in any state; another pod of its name stays. */
    async deletePrepullPod(pod: PullPod): Promise<void> {
      await withHeartbeat(() => remove(pod));
    },

    /** Reads all prepull pods of the namespace with one request. */
    async readPrepullPods({ namespace }: Pick<PullPod, 'namespace'>): Promise<NamedPod[]> {
      const labelSelector = PREPULLER_SELECTOR;
      const list = () => kubernetes.list<V1Pod>(coreCollection('Pod', namespace), { labelSelector });
      const pods = await withHeartbeat(list);
      return pods.map((pod) => ({ name: pod.metadata?.name ?? '', pod: observePod(pod) }));
    },
  };
}
