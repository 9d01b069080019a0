import { notYet, obstacleFailure } from '../../src/activities/failures';
import { isTargetNamespace, isTargetPod, type LabTarget } from '../../src/domain/lab-address';
import type { WaitObstacle } from '../../src/domain/obstacles';
import type { PodObservation } from '../../src/domain/pod';
import type { PodChange } from '../../src/domain/pod-change';
import { aPod, type PodBuilder } from './builders';
import { Steps } from './steps';

/** The UID of the namespace that a spawn has created. */
export const uidOf = (spawnId: string): string => `namespace of ${spawnId}`;

/** The requests that a test can delay or make fail. */
export type ClusterStep = 'create' | 'read' | 'delete' | 'forcedDelete' | 'deleteNamespace';

/**
 * A fake cluster for one user's lab: a namespace with at most one pod. Deletions take effect at once unless a test
 * holds them; the test acts as the kubelet and, through `watcher`, as the watcher.
 */
export class FakeCluster extends Steps<ClusterStep> {
  /** The spawn ID of the namespace; null when there is none. */
  namespace: string | null = null;
  pod: PodBuilder | null = null;
  /** The requested steps with their namespaces, in order. */
  readonly asked: (readonly [step: ClusterStep, namespace: string])[] = [];
  /** The targets of the steps that end a lab, in order. */
  readonly targets: LabTarget[] = [];
  /** Whether a deleted pod stays until it is deleted without grace. */
  isPodStubborn = false;
  /** Sends a change to the lab's workflow, as the watcher does. Does nothing until a test sets it. */
  watcher: (change: PodChange) => Promise<void> = async () => undefined;
  /** Obstacles of steps, thrown as by the activities; polled every tenth of a second. */
  readonly obstacles = new Map<'create' | 'deleteNamespace', WaitObstacle>();

  /** Adds a lab of another controller. */
  holdForeignLab(pod: PodBuilder): void {
    this.namespace = 'another controller';
    this.pod = pod;
  }

  /** Changes the pod's state without a signal. */
  become(change: (pod: PodBuilder) => PodBuilder): PodBuilder {
    if (!this.pod) throw new Error('there is no pod');
    this.pod = change(this.pod);
    return this.pod;
  }

  /** Removes the pod without a signal; returns its UID. */
  losePod(): string {
    const uid = this.pod?.uid ?? '';
    this.pod = null;
    return uid;
  }

  async create(operationId: string, told?: string | null): Promise<string> {
    await this.pass('create');
    this.recordObstacle('create', told);
    if (this.namespace !== null && this.namespace !== operationId) throw this.taken(this.namespace, told);
    this.namespace = operationId;
    this.pod ??= aPod(operationId);
    return this.pod.uid;
  }

  async read(): Promise<PodObservation | null> {
    await this.pass('read');
    return this.pod;
  }

  async delete(isForced: boolean, target: LabTarget): Promise<string | null> {
    this.targets.push(target);
    await this.pass(isForced ? 'forcedDelete' : 'delete');
    if (!this.pod || !isTargetPod(target, this.pod)) return null;
    const { uid } = this.pod;
    if (this.isPodStubborn && !isForced) {
      this.become((pod) => pod.deleting());
    } else {
      this.losePod();
      await this.watcher({ pod: null, uid });
    }
    return uid;
  }

  async deleteNamespace(target: LabTarget, told?: string | null): Promise<void> {
    this.targets.push(target);
    await this.pass('deleteNamespace');
    this.recordObstacle('deleteNamespace', told);
    const { namespace } = this;
    if (namespace === null || !isTargetNamespace(target, { uid: uidOf(namespace), spawnId: namespace }))
      return;
    this.namespace = null;
    this.pod = null;
  }

  /** The error of the activity for another spawn's namespace, or `NotYet` where the workflow knows that obstacle. */
  private taken(spawnId: string, told?: string | null): Error {
    const message = `The namespace is of spawn ${spawnId}`;
    const namespaceUid = uidOf(spawnId);
    if (message === told) return notYet(message, 100);
    return obstacleFailure({ message, isNamespace: true, isStuck: false, namespaceUid });
  }

  private recordObstacle(step: 'create' | 'deleteNamespace', told?: string | null): void {
    const obstacle = this.obstacles.get(step);
    if (obstacle) throw obstacle.message === told ? notYet(obstacle.message, 100) : obstacleFailure(obstacle);
  }
}
