import { ApplicationFailure } from '@temporalio/common';
import { notYet, obstacleFailure } from '../../src/activities/failures';
import type { FileServerActivities } from '../../src/activities/file-server';
import {
  type FileServerObservation,
  type FileServerTarget,
  type FileServerUids,
  type IngressObservation,
  isUp,
  type JobObservation,
} from '../../src/domain/file-server';
import { IN_THE_WAY, SERVES_ALREADY } from '../../src/domain/obstacles';
import type { PodChange } from '../../src/domain/pod-change';
import { aPod, type PodBuilder } from './builders';
import { Steps } from './steps';

/** The requests that a test can delay or make fail. */
export type FileServerStep = 'create' | 'read' | 'verify' | 'remove' | 'forcedRemove' | 'removeObject';

/** The objects of one creation. */
interface Objects {
  readonly operationId: string | null;
  job: JobObservation | null;
  ingress: IngressObservation | null;
  pod: PodBuilder | null;
}

/**
 * A fake cluster for one user's file server. Removals take effect at once unless a test holds them; the test acts as the
 * job controller and the kubelet and, through `tell` of the file server under test, as the watcher.
 */
export class FakeFileServerCluster extends Steps<FileServerStep> {
  private objects: Objects | null = null;
  /** An object of an earlier file server, by its UID, which has to go before another one can be created. */
  remains: string | null = null;
  /** Whether what a test has added is found serving by a creation. */
  isFoundServing = false;
  /** Whether new Ingresses are served at once. */
  servesAtOnce = true;
  /** Whether objects stay until they are removed without grace. */
  isStubborn = false;
  /** What keeps objects, as the activity tells; polled every tenth of a second. */
  keeper: string | null = null;
  /** Targets of the removals, in order. */
  readonly removed: FileServerTarget[] = [];
  /** Sends a change to the workflow, as the watcher does. Does nothing until a test sets it. */
  watcher: (change: PodChange) => Promise<void> = async () => undefined;

  get exists(): boolean {
    return this.objects !== null;
  }

  get pod(): PodBuilder | null {
    return this.objects?.pod ?? null;
  }

  /** Makes a file server that no workflow has created, of another controller without an ID. */
  add(operationId: string | null): FileServerObservation {
    const pod = aPod(operationId, 'pod').running();
    this.objects = { ...objectsOf(operationId, true), pod };
    return this.observation;
  }

  get observation(): FileServerObservation {
    const { ingress = null, job = null, pod = null } = this.objects ?? {};
    return { job, pod, ingress };
  }

  /** Changes the pod's state without a signal. */
  become(change: (pod: PodBuilder) => PodBuilder): PodBuilder {
    if (!this.objects?.pod) throw new Error('there is no pod');
    this.objects.pod = change(this.objects.pod);
    return this.objects.pod;
  }

  /** Lets requests arrive, or not. */
  serve(isServed = true): void {
    const { objects } = this;
    if (objects?.ingress)
      objects.ingress = { ...objects.ingress, isServed, address: isServed ? '10.1.1.1' : null };
  }

  /** Removes an object without the workflow and without a signal. */
  lose(what: 'job' | 'pod' | 'ingress'): void {
    if (this.objects) this.objects[what] = null;
  }

  readonly activities: Pick<FileServerActivities, keyof FileServerActivities> = {
    createFileServer: async ({ operationId }): Promise<FileServerUids> => {
      await this.pass('create');
      if (this.remains !== null) throw inTheWay(this.remains);
      if (this.isFoundServing) throw servesAlready(this.observation);
      if (this.objects?.operationId !== operationId) this.objects = objectsOf(operationId, this.servesAtOnce);
      return uidsOf(operationId);
    },
    readFileServer: async (target) => {
      await this.pass('read');
      return this.observationOf(target);
    },
    isFileServerUp: async (target) => {
      await this.pass('verify');
      const observed = this.observationOf(target);
      return isUp(observed) && observed.ingress !== null;
    },
    removeFileServer: async ({ isForced, told, ...target }) => {
      this.removed.push(target);
      await this.pass(isForced ? 'forcedRemove' : 'remove');
      if (this.objects?.operationId !== target.operationId) return;
      if (this.isStubborn && !isForced) throw this.kept(told);
      const uid = this.pod?.uid;
      this.objects = null;
      if (uid !== undefined) await this.watcher({ pod: null, uid });
    },
    removeObject: async ({ uid }) => {
      await this.pass('removeObject');
      if (this.remains === uid) this.remains = null;
    },
  };

  private observationOf({ operationId }: FileServerTarget): FileServerObservation {
    const isOwn = this.objects?.operationId === operationId;
    return isOwn ? this.observation : { job: null, pod: null, ingress: null };
  }

  private kept(told: string | null): Error {
    const message = this.keeper ?? 'still there';
    if (this.keeper === null || message === told) return notYet(message, 100);
    return obstacleFailure({ message, isNamespace: false, isStuck: false });
  }
}

const uidsOf = (operationId: string | null) => ({
  ingress: `ingress of ${operationId}`,
  service: `service of ${operationId}`,
  job: `job of ${operationId}`,
});

function objectsOf(spawnId: string | null, isServed: boolean): Objects {
  const uids = uidsOf(spawnId);
  const common = { spawnId, isDeleting: false };
  return {
    operationId: spawnId,
    job: { ...common, uid: uids.job, end: null },
    ingress: { ...common, uid: uids.ingress, isServed, address: isServed ? '10.1.1.1' : null },
    pod: aPod(spawnId),
  };
}

function inTheWay(uid: string): Error {
  const message = `Service fileservers/rachel-fs is left from an earlier file server and has to go first (UID ${uid}).`;
  const object = { apiVersion: 'v1', kind: 'Service', name: 'rachel-fs', uid, message };
  return ApplicationFailure.create({ type: IN_THE_WAY, message, nonRetryable: true, details: [object] });
}

function servesAlready(observed: FileServerObservation): Error {
  const details = [observed];
  return ApplicationFailure.create({ type: SERVES_ALREADY, message: 'serves', nonRetryable: true, details });
}
