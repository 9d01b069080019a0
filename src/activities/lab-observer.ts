import type { V1Pod } from '@kubernetes/client-node';
import type { LabPlace } from '../domain/lab-address';
import { namespaceName, podName } from '../domain/lab-key';
import type { PodObservation } from '../domain/pod';
import { observePod } from '../objects/reading/pod';
import type { AddressProver } from '../sealing/address-proof';

/** Makes observations of labs' pods, with proofs of their addresses. */
export interface LabObserver {
  /** Whether a lab is in the namespace that the present configuration gives its user. */
  isInConfiguredNamespace(place: LabPlace): boolean;
  /**
   * An observation of a user's pod, with the proof of its address. The caller must have checked that the namespace is
   * the user's.
   */
  observeWithProof(username: string, pod: V1Pod): PodObservation;
  /** The same for any pod: only one of the lab's name in the user's namespace by the configuration gets a proof. */
  observe(username: string, pod: V1Pod): PodObservation;
}

/** Makes proofs by these keys; `namespacePrefix` is that of the present configuration. */
export function createLabObserver(
  prover: Pick<AddressProver, 'prove'>,
  namespacePrefix: () => string,
): LabObserver {
  const isInConfiguredNamespace = ({ namespace, username }: LabPlace): boolean =>
    namespace === namespaceName(namespacePrefix(), username);

  const observeWithProof = (username: string, pod: V1Pod): PodObservation => {
    const observation = observePod(pod);
    const { podIp, spawnId, uid: podUid } = observation;
    if (podIp === null) return observation;
    const place = { username, namespace: pod.metadata?.namespace ?? '' };
    return { ...observation, addressProof: prover.prove(place, { podUid, spawnId, podIp }) };
  };

  return {
    isInConfiguredNamespace,
    observeWithProof,
    observe(username, pod) {
      const { name, namespace = '' } = pod.metadata ?? {};
      const isTheLab = name === podName(username) && isInConfiguredNamespace({ username, namespace });
      return isTheLab ? observeWithProof(username, pod) : observePod(pod);
    },
  };
}
