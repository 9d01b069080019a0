import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { Context, log } from '@temporalio/activity';
import type { FsadminObject, FsadminObjectsFound, FsadminPod, FsadminStart } from '../domain/fsadmin';
import { coreCollection, coreReference } from '../kubernetes/references';
import { ignoreNotFound, orGone } from '../kubernetes/verdict';
import { FSADMIN_SELECTOR } from '../objects/labels';
import { isFsadmin, observeFsadminObject, observeFsadminPod } from '../objects/reading/fsadmin';
import { observePod } from '../objects/reading/pod';
import { notYet, obstacleFailure, withObstacles } from './failures';
import { createFsadminObjects, type FsadminCreationSources } from './fsadmin-creation';
import { withHeartbeat } from './lease';

/** Dependencies of the activities for file system administration. */
export interface FsadminDependencies extends FsadminCreationSources {
  /** The pod's name by the present configuration. */
  readonly podName: () => string;
}

/** The obstacle that the workflow knows already. */
interface Told {
  readonly told: string | null;
}

/** What may be read of the pods and claims of a namespace, so that neither a history nor a memo grows without bound. */
const MAX_OBJECTS = 200;

/** An attempt looks so often, at these intervals, before the next one follows after two seconds. */
const LOOKS = 8;
const LOOK_MS = 250;

export type FsadminActivities = ReturnType<typeof createFsadminActivities>;

/** The activities for file system administration. Each can be repeated, and interrupted, at any point. */
export function createFsadminActivities(dependencies: FsadminDependencies) {
  const { kubernetes, namespace, podName } = dependencies;
  const selection = { labelSelector: FSADMIN_SELECTOR, limit: MAX_OBJECTS };

  const read = (kind: FsadminObject['kind'], name: string): Promise<KubernetesObject | null> =>
    ignoreNotFound(() => kubernetes.read(coreReference(kind, { name, namespace })));

  /** The UID is the precondition, so that no other object of the name can be deleted. */
  const requestDeletion = ({ kind, name, uid }: FsadminObject, graceMs: number): Promise<unknown> => {
    const grace = kind === 'Pod' ? { gracePeriodSeconds: Math.ceil(graceMs / 1000) } : {};
    const reference = coreReference(kind, { name, namespace });
    return orGone<unknown>(() => kubernetes.remove(reference, { uid, ...grace }));
  };

  /** Deletes an object once, and looks until it is gone. */
  const remove = async (object: FsadminObject, graceMs: number): Promise<void> => {
    const what = `${object.kind} ${object.name}`;
    let isRequested = false;
    await lookUntil(`${what} is still there`, async () => {
      const present = await read(object.kind, object.name);
      const { finalizers, isDeleting, uid } = observeFsadminObject(present ?? {});
      if (!present || uid !== object.uid) return true;
      if (!isFsadmin(present)) {
        log.warn('left an object alone that is not of file system administration', { name: object.name });
        return true;
      }
      if (!isRequested && (!isDeleting || graceMs === 0)) await requestDeletion(object, graceMs);
      isRequested = true;
      return isDeleting && finalizers.length > 0
        ? `${what} is being deleted and kept by ${finalizers.slice(0, 5).join(', ')}.`
        : null;
    });
  };

  return {
    /** Reads all pods and claims that the namespace has of file system administration. */
    async readFsadmin(): Promise<FsadminObjectsFound> {
      return withHeartbeat(async () => {
        const pods = await kubernetes.list(coreCollection('Pod', namespace), selection);
        const claims = await kubernetes.list(coreCollection('PersistentVolumeClaim', namespace), selection);
        return {
          namespace,
          podName: podName(),
          pods: pods.map(observeFsadminPod),
          claims: claims.map((claim) => {
            const { name, uid } = observeFsadminObject(claim);
            return { kind: 'PersistentVolumeClaim' as const, name, uid };
          }),
        };
      });
    },

    /** Creates claims and pod, and returns the pod. Refuses a request that the API has not sealed for this workflow. */
    async createFsadmin({ told, ...request }: FsadminStart & Told): Promise<FsadminObject> {
      return withHeartbeat(() => withObstacles(told, () => createFsadminObjects(dependencies, request)));
    },

    /** Completes once the pod has left `Pending` and `Unknown`; null when it is gone, or another one has its name. */
    async awaitFsadminPod({
      name,
      told,
      uid,
    }: Told & Pick<FsadminObject, 'name' | 'uid'>): Promise<FsadminPod | null> {
      let found: FsadminPod | null = null;
      const look = async () => {
        const reference = coreReference('Pod', { name, namespace });
        const pod = await ignoreNotFound(() => kubernetes.read<V1Pod>(reference));
        found = pod && observeFsadminPod(pod);
        if (!pod || found?.uid !== uid) {
          found = null;
          return true;
        }
        return found.phase === 'Pending' || found.phase === 'Unknown' ? waitingFor(pod) : true;
      };
      await withHeartbeat(() => withObstacles(told, () => lookUntil(`Pod ${name} has not started`, look)));
      return found;
    },

    /**
     * Deletes a pod or a claim and completes once it is gone. One that is not labelled as of file system administration
     * is left alone, and so is another one of the name.
     */
    async removeFsadminObject({
      graceMs,
      told,
      ...object
    }: FsadminObject & Told & { readonly graceMs: number }): Promise<void> {
      await withHeartbeat(() => withObstacles(told, () => remove(object, graceMs)));
    },
  };
}

/** What keeps a pod from starting, as the cluster says it; null where it says nothing. */
function waitingFor(pod: V1Pod): string | null {
  const { container, message, reason } = observePod(pod);
  if (reason === null) return null;
  const where = container === null ? '' : ` Container ${container}:`;
  return `The pod does not start.${where} ${message === null ? reason : `${reason}, ${message}`}`;
}

/**
 * Looks until `look` returns true, for some seconds. It returns the obstacle otherwise, or null where none is known.
 *
 * @throws ApplicationFailure of type `Obstacle`, or `NotYet`, both for a further attempt.
 */
async function lookUntil(what: string, look: () => Promise<true | string | null>): Promise<void> {
  const { cancellationSignal } = Context.current();
  for (let looks = 1; ; looks += 1) {
    const seen = await look();
    if (seen === true) return;
    if (looks === LOOKS) throw seen === null ? notYet(what) : obstacleFailure(obstacleOf(seen));
    await delay(LOOK_MS, undefined, { signal: cancellationSignal });
  }
}

const obstacleOf = (message: string) => ({ message, isNamespace: false, isStuck: false });
