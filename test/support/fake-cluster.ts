import { Context } from '@temporalio/activity';
import { notYet, obstacleFailure } from '../../src/activities/failures';
import { isTargetNamespace, isTargetPod, type LabTarget } from '../../src/domain/lab-address';
import type { WaitObstacle } from '../../src/domain/obstacles';
import type { PodObservation } from '../../src/domain/pod';
import type { PodChange } from '../../src/domain/pod-change';
import { aPod, type PodBuilder } from './builders';

/** The UID of the namespace that a spawn has created. */
export const uidOf = (spawnId: string): string => `namespace of ${spawnId}`;

/** The requests that a test can delay or make fail. */
export type ClusterStep = 'create' | 'read' | 'delete' | 'forcedDelete' | 'deleteNamespace';

/** A step that waits for its test. */
export interface Gate {
  /** Resolves once the step has begun, for the first time. */
  readonly entered: Promise<void>;
  /** Lets the step continue, now and from now on. */
  open(): void;
}

interface HeldStep {
  readonly entered: PromiseWithResolvers<void>;
  readonly opened: PromiseWithResolvers<void>;
}

/**
 * A fake cluster for one user's lab: a namespace with at most one pod. Deletions take effect at once unless a test
 * holds them; the test acts as the kubelet and, through `watcher`, as the watcher.
 */
export class FakeCluster {
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
  private readonly counts = new Map<ClusterStep, number>();
  private readonly held = new Map<ClusterStep, HeldStep>();
  private readonly failures = new Map<ClusterStep, Error>();

  /** Number of requests of a step. */
  count(step: ClusterStep): number {
    return this.counts.get(step) ?? 0;
  }

  /** Holds up a step until its gate is opened. */
  hold(step: ClusterStep): Gate {
    const gate = { entered: Promise.withResolvers<void>(), opened: Promise.withResolvers<void>() };
    this.held.set(step, gate);
    return { entered: gate.entered.promise, open: () => gate.opened.resolve() };
  }

  /** Makes a step fail, until `mend`. */
  break(step: ClusterStep, error: Error): void {
    this.failures.set(step, error);
  }

  mend(step: ClusterStep): void {
    this.failures.delete(step);
  }

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

  private async pass(step: ClusterStep): Promise<void> {
    this.counts.set(step, this.count(step) + 1);
    const gate = this.held.get(step);
    gate?.entered.resolve();
    // A worker that stops must not wait for a gate that stays closed.
    if (gate) await Promise.race([gate.opened.promise, Context.current().cancelled]);
    const failure = this.failures.get(step);
    if (failure) throw failure;
  }
}
