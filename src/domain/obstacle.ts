/**
 * Type of the failure by which an activity ends that waits for something, so that its workflow can say what that
 * is and ask again. It is no failure of the lab.
 */
export const OBSTACLE = 'Obstacle';

/** What an activity waits for. */
export interface WaitObstacle {
  /** For the lab's user and the operators: what stands in the way, in the cluster's words, and who must do what. */
  readonly message: string;
  /** Whether it is a namespace that does not go. */
  readonly isNamespace: boolean;
  /** The UID of that namespace, which the workflow then removes; absent where earlier versions have told of it. */
  readonly namespaceUid?: string;
  /** Whether it does not pass unless someone does something. */
  readonly isStuck: boolean;
}
