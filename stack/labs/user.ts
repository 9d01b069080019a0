import type { V1Container, V1Pod } from '@kubernetes/client-node';

/** User and groups of a process, by number. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** The user of a container; null where its image decides. */
export function userOf({ spec }: V1Pod, { securityContext: own }: V1Container): User | null {
  const common = spec?.securityContext;
  const uid = own?.runAsUser ?? common?.runAsUser;
  if (uid === undefined) return null;
  return {
    uid,
    gid: own?.runAsGroup ?? common?.runAsGroup ?? 0,
    groups: [
      ...(common?.supplementalGroups ?? []),
      ...(common?.fsGroup === undefined ? [] : [common.fsGroup]),
    ],
  };
}

/**
 * Prefix of a command line that a privileged process runs as this user. It repeats the parent death signal, which a
 * change of the user clears.
 */
export function asUser({ uid, gid, groups }: User): string[] {
  const others = groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`;
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, others, '--pdeathsig=KILL', '--'];
}
