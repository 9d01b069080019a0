import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { HomeAmount } from '../../domain/home-space';
import { openDirectory, pathOf } from '../home-directory';
import { describeError } from '../system-error';
import type { Report } from '../variables';

/** Where the quotas of users are reported, and for how long a report counts. */
export interface QuotaReport {
  readonly path: string;
  readonly maxAgeMs: number;
}

/** Largest report that is read, in bytes: some 50,000 users. */
const MAX_BYTES = 4 * 2 ** 20;

/** Numbers beyond this are no exact ones. */
const AMOUNT = /^\d{1,15}$/;

/**
 * The amounts of a user in a report: lines `<uid> <used bytes> <limit> [<used files> <limit>]`, separated by blanks,
 * where a limit of 0 is none, and lines that begin with `#`. The first line of the user counts.
 *
 * @throws Error when that line is of another form.
 */
export function quotaOf(report: string, uid: number, reportedAt: Date): HomeAmount[] {
  for (const line of report.split('\n')) {
    const [owner, ...words] = line.trim().split(/\s+/);
    if (owner !== String(uid)) continue;
    if (!(words.length === 2 || words.length === 4) || !words.every((word) => AMOUNT.test(word))) {
      throw new Error(`the line of user ${uid} is not "<uid> <used bytes> <limit> [<used files> <limit>]"`);
    }
    const [bytes = 0, maxBytes = 0, files = 0, maxFiles = 0] = words.map(Number);
    const amountOf = (resource: HomeAmount['resource'], used: number, total: number): HomeAmount[] =>
      total === 0
        ? []
        : [{ resource, free: Math.max(total - used, 0), total, reportedAt: reportedAt.toISOString() }];
    return [...amountOf('bytes', bytes, maxBytes), ...amountOf('files', files, maxFiles)];
  }
  return [];
}

/** Reads a regular file of bounded size, following no links of users. */
function readReport(path: string): { readonly text: string; readonly writtenAt: Date } {
  const directory = openDirectory(dirname(path));
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const file = openSync(`${pathOf(directory)}/${basename(path)}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      return contentOf(file);
    } finally {
      closeSync(file);
    }
  } finally {
    closeSync(directory);
  }
}

function contentOf(file: number): { readonly text: string; readonly writtenAt: Date } {
  const found = fstatSync(file);
  if (!found.isFile()) throw new Error('it is not a file');
  if (found.size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
  // The file may grow while it is read.
  const buffer = Buffer.alloc(found.size);
  let length = 0;
  for (let read = 1; read > 0 && length < buffer.length; length += read) {
    read = readSync(file, buffer, length, buffer.length - length, length);
  }
  return { text: buffer.toString('utf8', 0, length), writtenAt: found.mtime };
}

/**
 * The amounts that a quota report leaves a user. A report that is missing, too old or unreadable says nothing, which is
 * reported: the check goes on with what the file system says.
 */
export function readQuota(
  { path, maxAgeMs }: QuotaReport,
  { uid, now, report }: { readonly uid: number; readonly now: Date; readonly report: Report },
): HomeAmount[] {
  try {
    const { text, writtenAt } = readReport(path);
    if (now.getTime() - writtenAt.getTime() > maxAgeMs) {
      throw new Error(`it was written at ${writtenAt.toISOString()}, which is too long ago`);
    }
    const amounts = quotaOf(text, uid, writtenAt);
    if (amounts.length === 0) report(`${path} has no quota of user ${uid}`);
    return amounts;
  } catch (error) {
    report(`warning: the quota report ${path} is not used: ${describeError(error)}`);
    return [];
  }
}
