import { constants } from 'node:os';
import { getSystemErrorMap, types } from 'node:util';

/** An error of the operating system; `errno` is negative, as in Node. */
export interface SystemError {
  readonly errno: number;
  readonly path?: string;
}

/** Whether a thrown value comes from the operating system. */
export function isSystemError(error: unknown): error is SystemError {
  return typeof error === 'object' && error !== null && 'errno' in error && typeof error.errno === 'number';
}

/** Messages of the C library for common errors of home directories; libuv lacks EDQUOT. */
const MESSAGES: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EDQUOT: 'Disk quota exceeded',
  EIO: 'Input/output error',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
  ESTALE: 'Stale file handle',
};

/** The code of an error, e.g. `ENOSPC`; null for an unknown number. */
export function errorCode({ errno }: SystemError): string | null {
  return Object.entries(constants.errno).find(([, number]) => number === -errno)?.[0] ?? null;
}

/** The C library's message of an error. */
export function errorText(error: SystemError): string {
  const symbol = errorCode(error);
  const known = symbol === null ? undefined : MESSAGES[symbol];
  return known ?? getSystemErrorMap().get(error.errno)?.[1] ?? `Unknown error ${-error.errno}`;
}

/** A one-line description of any thrown value. */
export function describeError(error: unknown): string {
  if (isSystemError(error)) return errorText(error) + (error.path === undefined ? '' : `: ${error.path}`);
  if (!types.isNativeError(error)) return String(error);
  return isSystemError(error.cause) ? `${error.message}: ${errorText(error.cause)}` : error.message;
}

/** Runs `act`, with errors of the system thrown as "cannot create /home/rachel: Permission denied". */
export function withContext<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new Error(`cannot ${what}: ${errorText(error)}`, { cause: error });
  }
}
