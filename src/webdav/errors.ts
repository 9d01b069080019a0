import { constants } from 'node:os';

/** Conditions of RFC 4918, section 16, which tell a client more than the status does. */
export type DavCondition =
  | 'cannot-modify-protected-property'
  | 'lock-token-matches-request-uri'
  | 'lock-token-submitted'
  | 'no-conflicting-lock'
  | 'no-external-entities'
  | 'propfind-finite-depth'
  | 'quota-not-exceeded'
  | 'sufficient-disk-space';

/** What a client gets instead of what it asked for. */
export class DavError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly condition?: DavCondition,
    /** URL paths that the condition names. */
    readonly hrefs: readonly string[] = [],
  ) {
    super(message);
    this.name = 'DavError';
  }
}

const STATUS_BY_CODE: Readonly<Record<string, readonly [status: number, message: string]>> = {
  ENOENT: [404, 'there is no such file or folder'],
  ESTALE: [404, 'there is no such file or folder any more'],
  ENOTDIR: [409, 'a part of the path is not a folder'],
  EACCES: [403, 'permission denied'],
  EPERM: [403, 'permission denied'],
  EROFS: [403, 'the file system is read-only'],
  ELOOP: [403, 'a symbolic link leads nowhere'],
  ENOSPC: [507, 'the file system is full'],
  EDQUOT: [507, 'the quota is exceeded'],
  EFBIG: [413, 'the file is too large for the file system'],
  ENAMETOOLONG: [414, 'the name is too long'],
  EISDIR: [405, 'this is a folder'],
  ENOTEMPTY: [409, 'the folder is not empty'],
  EEXIST: [409, 'something with this name was created meanwhile'],
  EBUSY: [409, 'the file or folder is in use'],
  ETXTBSY: [409, 'the program is running'],
  EINVAL: [409, 'the file system does not allow this'],
  EXDEV: [409, 'the other name is in another file system'],
  EMFILE: [503, 'too many files are open'],
  ENFILE: [503, 'too many files are open'],
};

const CONDITION_BY_CODE: Readonly<Record<string, DavCondition>> = {
  ENOSPC: 'sufficient-disk-space',
  EDQUOT: 'quota-not-exceeded',
};

/** Codes that libuv has no names for: Node then says `Unknown system error -122`. */
const CODE_BY_NUMBER: ReadonlyMap<number, string> = new Map(
  (['EDQUOT', 'ESTALE'] as const).map((code) => [-constants.errno[code], code]),
);

/** Code of an error of the operating system, such as `ENOENT`; undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  // Not by class: a test's realm has another Error than Node's own modules.
  if (typeof error !== 'object' || error === null || !('syscall' in error) || !('code' in error))
    return undefined;
  const unnamed = 'errno' in error ? CODE_BY_NUMBER.get(Number(error.errno)) : undefined;
  return unnamed ?? (typeof error.code === 'string' ? error.code : undefined);
}

/** The answer to an error of the operating system; paths of the server are not told. Null for any other error. */
export function fromSystemError(error: unknown): DavError | null {
  const code = systemCode(error);
  const [status, message] = STATUS_BY_CODE[code ?? ''] ?? [];
  if (code === undefined || status === undefined || message === undefined) return null;
  return new DavError(status, message, CONDITION_BY_CODE[code]);
}

/** Like `fromSystemError`, for the status of one part of a larger operation: 500 for what is not known. */
export function statusOf(error: unknown): number {
  return error instanceof DavError ? error.status : (fromSystemError(error)?.status ?? 500);
}
