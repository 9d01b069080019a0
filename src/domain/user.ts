/** One POSIX group of a user, as the identity service reports it. */
export interface Group {
  readonly name: string;
  readonly id: number;
}

/** Upper bound of what a user's lab namespace may use. */
export interface NotebookQuota {
  /** Cores. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  /** Whether the user may spawn labs at all. */
  readonly spawn: boolean;
}

/** An authenticated user: identity and quota, without any credential. */
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

/** POSIX IDs of a user, from the identity source of the installation. */
export interface PosixIds {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly Group[];
}

/** A user with these IDs, or without any. A primary group that is missing in the groups is named after the user. */
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

/** Whether a lab may run under this user or group ID: Kubernetes accepts it, and it is not below the minimum. */
export function isLabId(id: number, minimum: number): boolean {
  return Number.isInteger(id) && id >= minimum && id <= MAX_POSIX_ID;
}

/** Which of a user's IDs a lab may not run under, such as `group "wheel" has 0`; null when all are usable. */
export function unusableId(
  { uid, gid, groups }: Pick<PosixUser, 'uid' | 'gid' | 'groups'>,
  minimum: number,
): string | null {
  if (!isLabId(uid, minimum)) return `the UID is ${uid}`;
  if (!isLabId(gid, minimum)) return `the GID is ${gid}`;
  const group = groups.find(({ id }) => !isLabId(id, minimum));
  return group === undefined ? null : `group "${group.name}" has ${group.id}`;
}

/** The longest username that can have a lab, in bytes of UTF-8: it is part of paths and of a workflow ID. */
export const MAX_USERNAME_BYTES = 200;

const USERNAME = /^[\p{L}\p{N}_+-][\p{L}\p{M}\p{N}._@+-]*$/u;

/** The rule of `isLabUsername` for messages. */
export const LAB_USERNAME_RULE =
  'letters, digits, ".", "_", "-", "+" and "@", not beginning with "." or "@", ' +
  `at most ${MAX_USERNAME_BYTES} bytes, composed as Unicode's NFC`;

/**
 * Whether a user of this name can have a lab. An accepted name is safe as a path component, a field of passwd and group
 * files, a shell word and a quoted string. No two accepted names are the same to a file system that normalises Unicode.
 */
export function isLabUsername(username: string): boolean {
  return (
    username.length <= MAX_USERNAME_BYTES &&
    USERNAME.test(username) &&
    new TextEncoder().encode(username).length <= MAX_USERNAME_BYTES &&
    username.normalize('NFC') === username
  );
}

/** The owner of a bearer token, and what the token permits. */
export interface TokenOwner {
  /** Name of the user or service, for logs. */
  readonly name: string;
  /** The user whose lab the token may manage; null for services and for tokens without that scope. */
  readonly user: User | null;
  /** Whether the token may manage all labs. */
  readonly isAdministrator: boolean;
}

/** A service that identifies the owners of bearer tokens, and users by name. */
export interface TokenSource {
  /**
   * The owner of a token. Lookups are shared fairly among the addresses that requests came from.
   *
   * @throws DomainError `invalid_token` for an unknown token, `jupyterhub_error` when the service cannot be asked.
   */
  ownerOf(token: string, address?: string): Promise<TokenOwner>;
  /**
   * Whether a token was valid lately, or `ownerOf` can answer without a request; absent where it never makes one.
   */
  remembers?(token: string): boolean;
  /** The user of this name; without IDs where the installation does not know them. */
  userNamed(username: string): User;
}
