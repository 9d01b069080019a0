import { proxyActivities } from '@temporalio/workflow';
import type { FsadminActivities } from '../../activities/fsadmin';
import type { FsadminTimeouts } from '../../domain/fsadmin';
import { quick, quickAndAwaited, readOnce, untilSo } from '../lifecycle/retry-profiles';

/** The activities for file system administration, with the timeouts of a request. */
export function fsadminActivities({ kubernetesRequestMs }: FsadminTimeouts) {
  const { readFsadmin } = proxyActivities<FsadminActivities>({
    ...quick(kubernetesRequestMs, 2),
    summary: 'Reading pod and claims',
  });

  /** A regular read, which is repeated anyway. */
  const { readFsadmin: checkFsadmin } = proxyActivities<FsadminActivities>({
    ...quick(kubernetesRequestMs, 2),
    ...readOnce(kubernetesRequestMs),
    summary: 'Checking pod and claims',
  });

  /** Several requests, of which one may stall. A removal waits for the attempt in flight, which else could create a pod after it. */
  const { createFsadmin } = proxyActivities<FsadminActivities>({
    ...quickAndAwaited(kubernetesRequestMs, 2),
    summary: 'Creating claims and pod',
  });

  const { awaitFsadminPod } = proxyActivities<FsadminActivities>({
    ...untilSo(kubernetesRequestMs),
    summary: 'Waiting for the pod to start',
  });

  const { removeFsadminObject } = proxyActivities<FsadminActivities>(untilSo(kubernetesRequestMs));

  return { awaitFsadminPod, checkFsadmin, createFsadmin, readFsadmin, removeFsadminObject };
}
