import { chmodSync, chownSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { Isolation } from './isolation';
import { userOf } from './user';

/** Who owns the files of a pod's volumes. */
export interface Ownership {
  /** The user of tokens; undefined for root. */
  readonly uid: number | undefined;
  /** The group of all files, which may read them; undefined for root. */
  readonly gid: number | undefined;
}

/** Owner and group of what a kubelet writes for a container; null where processes have no users of their own. */
export function ownershipOf(pod: V1Pod, container: V1Container, isolation: Isolation): Ownership | null {
  if (!isolation.changesUsers) return null;
  return { uid: userOf(pod, container)?.uid, gid: pod.spec?.securityContext?.fsGroup };
}

const GROUP_READS = 0o440;
const GROUP_ENTERS = 0o110;

/** Gives a volume to the group of a pod, which can then read all that its owner can read. */
export function giveToGroup(path: string, { gid }: Ownership): void {
  if (gid === undefined) return;
  const stats = statSync(path);
  chownSync(path, stats.uid, gid);
  chmodSync(path, (stats.mode & 0o7777) | GROUP_READS | (stats.isDirectory() ? GROUP_ENTERS : 0));
  if (stats.isDirectory())
    for (const name of readdirSync(path)) giveToGroup(join(path, name), { uid: undefined, gid });
}
