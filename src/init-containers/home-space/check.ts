import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import {
  FULL_ERRORS,
  type HomeAmount,
  type HomeLimits,
  type HomeReport,
  type HomeShortage,
  homeMessage,
  homeSpaceNotice,
  homeSpaceText,
  shortageOf,
} from '../../domain/home-space';
import { HOME_NOTICE_FILE } from '../../domain/names';
import { replaceFile } from '../files';
import { emptyCaches } from '../startup/space';
import { describeError, errorCode, isSystemError } from '../system-error';
import type { Report } from '../variables';
import { type QuotaReport, readQuota } from './quota-report';

/** How a home directory is checked. */
export interface HomeCheck {
  readonly home: string;
  readonly uid: number;
  readonly limits: HomeLimits;
  readonly quota: QuotaReport | null;
  /** Whether the lab starts with a full home directory too. */
  readonly startsFull: boolean;
  /** Whether the caches of a full home directory are emptied, as the start-up container does. */
  readonly emptiesCaches: boolean;
  /** The page of the user's file server; null where there is none. */
  readonly filesUrl: string | null;
}

/** Dependencies of the check. */
export interface HomeCheckDependencies {
  /** @throws the system's error when the directory has no room for 1 MB. */
  readonly writeMegabyte: (directory: string) => void;
  /** Writes the container's termination message. */
  readonly tell: (message: string) => void;
  /** Directory of what init containers hand to the lab; null where the lab has none. */
  readonly startup: string | null;
  readonly now: Date;
  readonly report: Report;
}

/** The part of `statfs` that the check uses. */
export interface FileSystemFigures {
  readonly bsize: bigint;
  readonly blocks: bigint;
  readonly bavail: bigint;
  readonly files: bigint;
  readonly ffree: bigint;
}

/** What a file system leaves its users. File systems without a number of blocks, or of inodes, have 0 of them. */
export function amountsOf({ bavail, blocks, bsize, ffree, files }: FileSystemFigures): HomeAmount[] {
  return [
    ...(blocks > 0n
      ? [{ resource: 'bytes', free: Number(bavail * bsize), total: Number(blocks * bsize) } as const]
      : []),
    ...(files > 0n ? [{ resource: 'files', free: Number(ffree), total: Number(files) } as const] : []),
  ];
}

/** The error by which a file system says that it is full; null if it stores 1 MB, or refuses it for another reason. */
function refusalOf(home: string, { report, writeMegabyte }: HomeCheckDependencies): HomeShortage | null {
  try {
    writeMegabyte(home);
    return null;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    report(`warning: 1 MB could not be written to ${home}: ${describeError(error)}`);
    const refusal = FULL_ERRORS.find((code) => code === errorCode(error));
    return refusal === undefined ? null : { level: 'full', refusal };
  }
}

function measure({ home, limits, quota, uid }: HomeCheck, kit: HomeCheckDependencies): HomeShortage | null {
  const { now, report } = kit;
  const amounts = [
    ...(quota === null ? [] : readQuota(quota, { uid, now, report })),
    ...amountsOf(statfsSync(home, { bigint: true })),
  ];
  const shortage = shortageOf(amounts, limits);
  return shortage?.level === 'full' ? shortage : (refusalOf(home, kit) ?? shortage);
}

/** Hands a notice to the containers that prepare the lab's pages. */
function handOver(
  { filesUrl }: HomeCheck,
  found: HomeReport,
  { report, startup }: HomeCheckDependencies,
): void {
  if (startup === null) return;
  const path = join(startup, HOME_NOTICE_FILE);
  try {
    replaceFile(path, homeSpaceNotice(found, filesUrl));
  } catch (error) {
    report(`warning: ${path} was not written: ${describeError(error)}`);
  }
}

/**
 * Measures what is left of the home directory, and tells a shortage by the termination message, and to the containers
 * that prepare the lab. Returns whether the lab may start. A directory that cannot be measured is not held against
 * it: whatever uses the directory later says better what is wrong.
 */
export function checkHome(check: HomeCheck, kit: HomeCheckDependencies): boolean {
  const { emptiesCaches, filesUrl, home, startsFull } = check;
  const { report, tell } = kit;
  let shortage: HomeShortage | null;
  try {
    shortage = measure(check, kit);
    if (shortage?.level === 'full' && emptiesCaches) {
      emptyCaches(home, report);
      shortage = measure(check, kit);
    }
  } catch (error) {
    report(`warning: ${home} was not measured: ${describeError(error)}`);
    return true;
  }
  if (shortage === null) {
    report(`${home} has enough space`);
    return true;
  }
  const isRefused = shortage.level === 'full' && !startsFull;
  const found = { shortage, isRefused };
  report(`warning: ${homeSpaceText(found, filesUrl)}`);
  tell(homeMessage(shortage));
  if (!isRefused) handOver(check, found, kit);
  return !isRefused;
}
