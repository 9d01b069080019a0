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

/** The highest user or group ID that Kubernetes gives to a container. */
export const MAX_POSIX_ID = 2 ** 31 - 1;

/** Whether Kubernetes takes this as a user or group ID. */
export function isPosixId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= MAX_POSIX_ID;
}
