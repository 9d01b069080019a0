import { DomainError } from '../../domain/errors';
import { MAX_POSIX_ID, type PosixUser, type User, unusableId } from '../../domain/user';

/** What a POSIX identity is required for, in words of messages. */
export interface IdentityUse {
  /** Such as `spawn labs`. */
  readonly action: string;
  /** What runs under the identity, such as `labs`. */
  readonly subject: string;
  /** Smallest user or group ID that it may run under. */
  readonly minimumId: number;
}

/** The user with the POSIX identity that containers run under. @throws DomainError `permission_denied` without one. */
export function requirePosixIdentity(user: User, { action, minimumId, subject }: IdentityUse): PosixUser {
  const { uid, gid } = user;
  if (!uid) {
    throw new DomainError('permission_denied', `Must have a UID to ${action}`);
  }
  if (!gid) {
    throw new DomainError('permission_denied', `Must have a GID to ${action}`);
  }
  // Small IDs are the system's. The API server refuses large ones, but only after the request was accepted.
  const unusable = unusableId({ ...user, uid, gid }, minimumId);
  if (unusable !== null) {
    throw new DomainError(
      'permission_denied',
      `UID, GID and group IDs of ${subject} must lie within ${minimumId} and ${MAX_POSIX_ID}, but ${unusable}`,
    );
  }
  return { ...user, uid, gid };
}
