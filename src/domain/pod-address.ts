/** Whose lab it is, and where. */
export interface LabPlace {
  readonly username: string;
  readonly namespace: string;
}

/** Authentication codes of an address, each by the ID of the sealing key that it was made with. */
export type AddressProof = Readonly<Record<string, string>>;

/** The address of one pod, as its status tells it. */
export interface PodAddress {
  readonly podUid: string;
  /** The spawn that the pod is labelled with; null for labs made by other controllers. */
  readonly spawnId: string | null;
  readonly podIp: string;
}

/** An address that a process of the controller has read from the pod, if its proof holds. */
export interface ProvenAddress extends PodAddress {
  readonly proof: AddressProof;
}

/** As much of an observation of a pod as its address is in. */
interface Observed {
  readonly uid: string;
  readonly spawnId: string | null;
  readonly podIp: string | null;
  readonly addressProof?: AddressProof;
}

/** The address in an observation of a pod; null without one, or without a proof. */
export function addressOf({ addressProof, podIp, spawnId, uid }: Observed): ProvenAddress | null {
  if (podIp === null || addressProof === undefined) return null;
  return { podUid: uid, spawnId, podIp, proof: addressProof };
}

/** Whether two addresses are of the same pod and prove it alike. */
export function isSameAddress(one: ProvenAddress, other: ProvenAddress | undefined): boolean {
  if (one.podIp !== other?.podIp || one.podUid !== other.podUid || one.spawnId !== other.spawnId)
    return false;
  const keyIds = Object.keys(one.proof);
  return (
    keyIds.length === Object.keys(other.proof).length &&
    keyIds.every((keyId) => one.proof[keyId] === other.proof[keyId])
  );
}
