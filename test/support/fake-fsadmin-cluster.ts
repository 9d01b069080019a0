import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { notYet, obstacleFailure } from '../../src/activities/failures';
import type { FsadminActivities } from '../../src/activities/fsadmin';
import { type FsadminObject, type FsadminPod, OBJECT_IN_THE_WAY } from '../../src/domain/fsadmin';
import type { PodPhase } from '../../src/domain/pod';

export type FsadminStep = 'read' | 'create' | 'await' | 'remove';

const POD_NAME = 'fsadmin';
const CLAIM_NAME = 'fsadmin-pvc-scratch';
export const START_TIME = '2077-10-23T09:47:00Z';

/** An object of the fake cluster; a pod has a phase. */
interface Held extends FsadminObject {
  readonly createdBy: string;
  readonly phase: PodPhase;
}

/** A fake cluster for file system administration: one claim and one pod. The test acts as the kubelet. */
export class FakeFsadminCluster {
  private readonly objects = new Map<string, Held>();
  private readonly failures = new Map<FsadminStep, Error>();
  private readonly gates = new Map<FsadminStep, Promise<void>>();
  private serial = 0;
  /** What was done to objects, in order, such as `create Pod` and `remove PersistentVolumeClaim`. */
  readonly done: string[] = [];
  /** How often the steps were called. */
  readonly calls: FsadminStep[] = [];
  /** Grace periods of the deletions of pods. */
  readonly graces: number[] = [];
  /** The phase of new pods. */
  newPhase: PodPhase = 'Running';
  /** What keeps new pods from starting, and objects from going. */
  obstacle: string | null = null;
  /** An object of another creation, which turns up in the middle of the next one. */
  late: 'Pod' | 'PersistentVolumeClaim' | null = null;

  /** Makes a step fail, until `mend`. */
  break(step: FsadminStep, error: Error): void {
    this.failures.set(step, error);
  }

  mend(step: FsadminStep): void {
    this.failures.delete(step);
  }

  /** Delays a step, before its effect, until the returned function is called. */
  hold(step: FsadminStep): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gates.set(step, promise);
    return () => {
      this.gates.delete(step);
      resolve();
    };
  }

  /** The kinds of all objects. */
  get kinds(): string[] {
    return [...this.objects.values()].map(({ kind }) => kind).toSorted();
  }

  /** Puts an object of another creation there. */
  leave(kind: FsadminObject['kind'], phase: PodPhase = 'Running'): void {
    this.put(kind, 'another', phase);
  }

  /** Changes the phase of the pod. */
  become(phase: PodPhase): void {
    const pod = this.objects.get('Pod');
    if (!pod) throw new Error('there is no pod');
    this.objects.set('Pod', { ...pod, phase });
  }

  /** Removes everything, as an administrator does by hand. */
  lose(): void {
    this.objects.clear();
  }

  readonly activities: FsadminActivities = {
    readFsadmin: async () => {
      await this.pass('read');
      const pod = this.objects.get('Pod');
      const claim = this.objects.get('PersistentVolumeClaim');
      return {
        namespace: 'nublado',
        podName: POD_NAME,
        pods: pod ? [asPod(pod)] : [],
        claims: claim ? [{ kind: claim.kind, name: claim.name, uid: claim.uid }] : [],
      };
    },
    createFsadmin: async ({ operationId }) => {
      await this.pass('create');
      if (this.late) this.leave(this.late);
      this.late = null;
      this.create('PersistentVolumeClaim', operationId);
      return this.create('Pod', operationId);
    },
    awaitFsadminPod: async ({ told, uid }) => {
      await this.pass('await');
      const { cancellationSignal } = Context.current();
      for (;;) {
        const pod = this.objects.get('Pod');
        if (pod?.uid !== uid) return null;
        if (pod.phase !== 'Pending') return asPod(pod);
        this.meetObstacle(told);
        Context.current().heartbeat();
        await delay(20, undefined, { signal: cancellationSignal });
      }
    },
    removeFsadminObject: async ({ graceMs, kind, told, uid }) => {
      await this.pass('remove');
      if (kind === 'Pod') this.graces.push(graceMs);
      if (this.obstacle !== null && graceMs > 0) {
        this.meetObstacle(told);
        throw notYet('still there', 100);
      }
      if (this.objects.get(kind)?.uid !== uid) return;
      this.objects.delete(kind);
      this.done.push(`remove ${kind}`);
    },
  };

  private meetObstacle(told: string | null): void {
    const { obstacle: message } = this;
    if (message !== null && told !== message) {
      throw obstacleFailure({ message, isNamespace: false, isStuck: false });
    }
  }

  private async pass(step: FsadminStep): Promise<void> {
    this.calls.push(step);
    const failure = this.failures.get(step);
    if (failure) throw failure;
    await this.gates.get(step);
  }

  private create(kind: FsadminObject['kind'], operationId: string): FsadminObject {
    const present = this.objects.get(kind);
    if (present && present.createdBy !== operationId) {
      const { createdBy: _, phase: __, ...object } = present;
      const details = [object];
      throw ApplicationFailure.create({ type: OBJECT_IN_THE_WAY, nonRetryable: true, details });
    }
    if (present) return present;
    this.done.push(`create ${kind}`);
    return this.put(kind, operationId, this.newPhase);
  }

  private put(kind: FsadminObject['kind'], createdBy: string, phase: PodPhase): FsadminObject {
    this.serial += 1;
    const name = kind === 'Pod' ? POD_NAME : CLAIM_NAME;
    const object = { kind, name, uid: `uid-${this.serial}` };
    this.objects.set(kind, { ...object, createdBy, phase });
    return object;
  }
}

function asPod({ name, phase, uid }: Held): FsadminPod {
  return { name, uid, phase, isDeleting: false, startTime: phase === 'Pending' ? null : START_TIME };
}
