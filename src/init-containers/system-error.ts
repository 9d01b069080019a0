import { constants } from 'node:os';
import { getSystemErrorMap, types } from 'node:util';

/** An error of the operating system; `errno` is negative, as Node gives it. */
export interface SystemError {
  readonly errno: number;
  readonly path?: string;
}

/** Whether a thrown value comes from the operating system. */
export function isSystemError(error: unknown): error is SystemError {
  return typeof error === 'object' && error !== null && 'errno' in error && typeof error.errno === 'number';
}

/** The C library's words for the errors that home directories meet; libuv knows no EDQUOT at all. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EDQUOT: 'Disk quota exceeded',
  EIO: 'Input/output error',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
  ESTALE: 'Stale file handle',
};

/** The symbol of an error, such as `ENOSPC`; null for one that this system does not know. */
export function symbolOf({ errno }: SystemError): string | null {
  return Object.entries(constants.errno).find(([, number]) => number === -errno)?.[0] ?? null;
}

/** What happened, in the C library's words. */
export function wordsOf(error: SystemError): string {
  const symbol = symbolOf(error);
  const known = symbol === null ? undefined : WORDS[symbol];
  return known ?? getSystemErrorMap().get(error.errno)?.[1] ?? `Unknown error ${-error.errno}`;
}

/** One line about any thrown value. */
export function lineAbout(error: unknown): string {
  if (isSystemError(error)) return wordsOf(error) + (error.path === undefined ? '' : `: ${error.path}`);
  if (!types.isNativeError(error)) return String(error);
  return isSystemError(error.cause) ? `${error.message}: ${wordsOf(error.cause)}` : error.message;
}

/** Words errors of the system as "cannot create /home/rachel: Permission denied". */
export function explained<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new Error(`cannot ${what}: ${wordsOf(error)}`, { cause: error });
  }
}
