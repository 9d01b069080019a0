/** One POSIX group of a user, as the identity service reports it. */
export interface Group {
  readonly name: string;
  readonly id: number;
}

/** What a user may use at most in their lab namespace. */
export interface NotebookQuota {
  /** Cores. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  /** Whether the user may spawn labs at all. */
  readonly spawn: boolean;
}

/** An authenticated user: who they are and what they may do, without any credential. */
export interface User {
  readonly username: string;
  readonly name: string | null;
  readonly uid: number | null;
  readonly gid: number | null;
  /** In the identity service's order, the primary group included. */
  readonly groups: readonly Group[];
  readonly quota: NotebookQuota | null;
}

/** A user with the POSIX identity that a lab runs under. */
export interface PosixUser extends User {
  readonly uid: number;
  readonly gid: number;
}

/** IDs for a user, from wherever the installation has them. */
export interface PosixIds {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly Group[];
}

/** A user with these IDs, or with none; a primary group that is not among the groups is named after the user. */
export function userWithIds(username: string, name: string | null, ids: PosixIds | null): User {
  if (ids === null) {
    return { username, name, uid: null, gid: null, groups: [], quota: null };
  }
  const { uid, gid, groups } = ids;
  const isPrimaryGiven = groups.some(({ id }) => id === gid);
  return {
    username,
    name,
    uid,
    gid,
    groups: isPrimaryGiven ? groups : [{ name: username, id: gid }, ...groups],
    quota: null,
  };
}

/** The highest user or group ID that Kubernetes gives to a container. */
export const MAX_POSIX_ID = 2 ** 31 - 1;

/** The smallest ID that a lab may have by default: anything but root's. */
export const MIN_LAB_ID = 1;

/** Whether a lab may run under this user or group ID: Kubernetes takes it, and it is none of those kept from users. */
export function isLabId(id: number, minimum: number): boolean {
  return Number.isInteger(id) && id >= minimum && id <= MAX_POSIX_ID;
}

/** Says which of a user's IDs a lab may not run under, such as `group "wheel" has 0`; null when all are usable. */
export function unusableId(
  { uid, gid, groups }: Pick<PosixUser, 'uid' | 'gid' | 'groups'>,
  minimum: number,
): string | null {
  if (!isLabId(uid, minimum)) return `the UID is ${uid}`;
  if (!isLabId(gid, minimum)) return `the GID is ${gid}`;
  const group = groups.find(({ id }) => !isLabId(id, minimum));
  return group === undefined ? null : `group "${group.name}" has ${group.id}`;
}
