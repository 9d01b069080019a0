import type { WaitObstacle } from '../../src/domain/obstacles';

/** A namespace that a finalizer keeps. */
export const STUCK_NAMESPACE: WaitObstacle = {
  message: 'Namespace lab-rachel is kept by finalizer example.com/hold. An operator has to remove it.',
  isNamespace: true,
  isStuck: true,
};

/** An admission webhook that does not answer. */
export const WEBHOOK_AWAY: WaitObstacle = {
  message:
    'failed calling webhook "mutate.example.com": connection refused. An operator has to bring it back.',
  isNamespace: false,
  isStuck: false,
};

/** The obstacle of a pod on a lost node. */
export const LOST_NODE = 'Node node-1 of the lab cannot be reached, so its pod does not end.';
