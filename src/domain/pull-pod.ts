/**
 * Type of the failure by which the creation of a pull's pod ends when a pod of another pull has its name; the first detail
 * is the UID of that pod. The workflow removes it and asks again.
 */
export const POD_IN_THE_WAY = 'PodInTheWay';

/** The pod of a pull by what identifies it. Earlier versions name only its place. */
export interface PullPod {
  readonly name: string;
  readonly namespace: string;
  /** The pull that it is labelled with. */
  readonly id?: string;
  /** Null as long as it is not known. */
  readonly uid?: string | null;
}
