import type { V1Container, V1Pod } from '@kubernetes/client-node';

/** Whom a process runs as, by numbers. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** Whom a container of a pod is to run as; null where that is left to its image. */
export function userOf({ spec }: V1Pod, { securityContext: own }: V1Container): User | null {
  const common = spec?.securityContext;
  const uid = own?.runAsUser ?? common?.runAsUser;
  if (uid === undefined) return null;
  return {
    uid,
    gid: own?.runAsGroup ?? common?.runAsGroup ?? 0,
    groups: common?.supplementalGroups ?? [],
  };
}

/**
 * Put before a command line that a privileged process is to run as this user. It still ends with its parent, which
 * whoever changes its user has to say again.
 */
export function asUser({ uid, gid, groups }: User): string[] {
  const others = groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`;
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, others, '--pdeathsig=KILL', '--'];
}
