/** The port that a lab's Jupyter server listens on. */
export const LAB_PORT = 8888;

function originOf(podIp: string): string {
  const host = podIp.includes(':') ? `[${podIp}]` : podIp;
  return `http://${host}:${LAB_PORT}`;
}

/**
 * The URL at which the hub and its proxy reach a lab: its pod's address, and the hub's path prefix for the server.
 * IPv6 addresses are put in brackets.
 */
export function labUrl(podIp: string, environment: Readonly<Record<string, string>>): string {
  return originOf(podIp) + (environment.JUPYTERHUB_SERVICE_PREFIX ?? '/');
}

/** The URL of a lab whose pod has got another address. */
export function movedLabUrl(url: string, podIp: string): string {
  return originOf(podIp) + url.replace(/^http:\/\/[^/]*/, '');
}

/** Whether a URL is that of a lab at this address. Nothing but a path may follow scheme, address and port. */
export function isLabUrlAt(url: string, podIp: string): boolean {
  return url.startsWith(`${originOf(podIp)}/`);
}

/** A lab and the namespace that holds it. */
export interface LabPlace {
  readonly username: string;
  readonly namespace: string;
}

/** Authentication codes of an address, each by the ID of the sealing key that it was made with. */
export type AddressProof = Readonly<Record<string, string>>;

/** The address of one pod, from its status. */
export interface PodAddress {
  readonly podUid: string;
  /** From the pod's label; null for labs made by other controllers. */
  readonly spawnId: string | null;
  readonly podIp: string;
}

/** An address that a process of the controller has read from the pod, if its proof holds. */
export interface ProvenAddress extends PodAddress {
  readonly proof: AddressProof;
}

/** The part of an observation of a pod that its address is made of. */
interface ObservedAddress {
  readonly uid: string;
  readonly spawnId: string | null;
  readonly podIp: string | null;
  readonly addressProof?: AddressProof;
}

/** The address in an observation of a pod; null without one, or without a proof. */
export function addressOf({ addressProof, podIp, spawnId, uid }: ObservedAddress): ProvenAddress | null {
  if (podIp === null || addressProof === undefined) return null;
  return { podUid: uid, spawnId, podIp, proof: addressProof };
}

/** Whether two addresses are of the same pod and have the same proof. */
export function isSameAddress(one: ProvenAddress, other: ProvenAddress | undefined): boolean {
  if (one.podIp !== other?.podIp || one.podUid !== other.podUid || one.spawnId !== other.spawnId)
    return false;
  const keyIds = Object.keys(one.proof);
  return (
    keyIds.length === Object.keys(other.proof).length &&
    keyIds.every((keyId) => one.proof[keyId] === other.proof[keyId])
  );
}

/**
 * A lab's objects by what identifies them, so that a step cannot hit what has got their names since. Steps asked for
 * by earlier versions name only the place.
 */
export interface LabTarget extends LabPlace {
  /** The spawn that the objects are labelled with; null for labs made by other controllers. */
  readonly spawnId?: string | null;
  /** Null as long as it is not known. */
  readonly podUid?: string | null;
  /** Known of namespaces that the workflow has found, not made. Counts more than the spawn. */
  readonly namespaceUid?: string | null;
}

/** What tells an object from another one of its name. */
export interface ObjectIdentity {
  readonly uid: string;
  /** Null for objects of other controllers. */
  readonly spawnId: string | null;
}

/** Whether a pod of the lab's name is the lab's. By name alone only where nothing else is known. */
export function isTargetPod({ podUid, spawnId }: LabTarget, pod: ObjectIdentity): boolean {
  if (spawnId) return pod.spawnId === spawnId;
  return !podUid || pod.uid === podUid;
}

/** The same for a namespace, which must be labelled as the user's besides. */
export function isTargetNamespace({ namespaceUid, spawnId }: LabTarget, namespace: ObjectIdentity): boolean {
  if (namespaceUid) return namespace.uid === namespaceUid;
  return !spawnId || namespace.spawnId === spawnId;
}
