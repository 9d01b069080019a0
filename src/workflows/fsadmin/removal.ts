import { log } from '@temporalio/workflow';
import type { FsadminObject, FsadminObjectsFound, FsadminRecord } from '../../domain/fsadmin';
import type { Fsadmin } from './fsadmin';

/**
 * Grace period of the pod. Its only process is the first of the container and ignores SIGTERM; shells that administrators
 * have opened in it get no signal but the last. So a longer period is only waited for.
 */
export const GRACE_MS = 1_000;

/** Removes pods, then claims, also those of other controllers, and publishes that there is nothing. */
export async function removeAll(
  fsadmin: Fsadmin,
  graceMs: number,
  by: Partial<Pick<FsadminRecord, 'requester'>> = {},
): Promise<void> {
  const found = await fsadmin.activities.readFsadmin();
  if (found.pods.length > 0 || found.claims.length > 0) {
    fsadmin.publish('terminating', by);
    await clear(fsadmin, found, graceMs, 'removal');
    log.info('file system administration removed', by);
  }
  fsadmin.publish('absent');
}

/**
 * Removes what was found: pods first, since they protect their claims, also when they have finished. Waits until each is
 * gone.
 */
export async function clear(
  fsadmin: Fsadmin,
  { claims, pods }: FsadminObjectsFound,
  graceMs: number,
  operation: string,
): Promise<void> {
  for (const { name, uid } of pods) {
    fsadmin.step.begin(`${operation}: deleting pod ${name}`);
    await removeObject(fsadmin, { kind: 'Pod', name, uid }, graceMs);
  }
  for (const claim of claims) {
    fsadmin.step.begin(`${operation}: deleting claim ${claim.name}`);
    await removeObject(fsadmin, claim, graceMs);
  }
}

/** Removes an object, and no other one of its name. */
export async function removeObject(fsadmin: Fsadmin, object: FsadminObject, graceMs: number): Promise<void> {
  const summary = `Deleting ${object.kind} ${object.name}`;
  await fsadmin.showingObstacles((told) =>
    fsadmin.activities.removeFsadminObject.executeWithOptions({ summary }, [{ ...object, graceMs, told }]),
  );
}
