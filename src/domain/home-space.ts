import type { PodEvent } from './pod';
import { flag, numberIn, object, oneOf, type Reader, text } from './shapes';

/** What a home directory can lack: room for bytes, or for further files and directories (inodes). */
export type HomeResource = 'bytes' | 'files';

/** How much of one resource is left. */
export interface HomeAmount {
  readonly resource: HomeResource;
  readonly free: number;
  readonly total: number;
  /** RFC 3339 instant of the quota report that says so; absent where the file system says so. */
  readonly reportedAt?: string;
}

/** What is too little, in bytes and in files. */
export interface HomeLimits {
  /** Below this, JupyterLab cannot start. */
  readonly minimumFree: Readonly<Record<HomeResource, number>>;
  /** Below this, the user is warned. */
  readonly warnBelow: Readonly<Record<HomeResource, number>>;
}

/** Errors with which a file system refuses to store more, whatever its figures say. */
export const FULL_ERRORS = ['ENOSPC', 'EDQUOT'] as const;

export type FullError = (typeof FULL_ERRORS)[number];

/** What a home directory lacks. */
export type HomeShortage =
  | (HomeAmount & {
      /** `full` has too little to start JupyterLab, `low` less than users are warned of. */
      readonly level: 'full' | 'low';
      /** The limit that is not met. */
      readonly limit: number;
    })
  /** The file system has refused to store what the figures left room for. */
  | { readonly level: 'full'; readonly refusal: FullError };

/** What the check of a lab's home directory has found; only of one that lacks something. */
export interface HomeReport {
  readonly shortage: HomeShortage;
  /** Whether the lab does not start for that. */
  readonly isRefused: boolean;
  /** RFC 3339 instant of the check; absent where the cluster does not say. */
  readonly at?: string;
}

/** The most severe shortage among the amounts, null if there is none. Of two alike the first one counts. */
export function shortageOf(
  amounts: readonly HomeAmount[],
  { minimumFree, warnBelow }: HomeLimits,
): HomeShortage | null {
  const below = (level: 'full' | 'low', limits: HomeLimits['minimumFree']): HomeShortage | undefined => {
    const short = amounts.find(({ resource, free }) => free < limits[resource]);
    return short && { level, ...short, limit: limits[short.resource] };
  };
  return below('full', minimumFree) ?? below('low', warnBelow) ?? null;
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** A number of bytes in a unit that is easy to read, rounded down: `3.1 MiB`. */
export function bytesLabel(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length);
  if (power === 0) return bytes === 1 ? '1 byte' : `${Math.floor(bytes)} bytes`;
  return `${Math.floor((bytes / 1024 ** power) * 10) / 10} ${UNITS[power - 1]}`;
}

/** An instant as text in UTC: users may be in any time zone. */
function utc(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;
}

function figures(shortage: HomeShortage): string {
  if ('refusal' in shortage) {
    return shortage.refusal === 'EDQUOT' ? 'your quota is used up' : 'no space is left on it';
  }
  const { free, level, limit, reportedAt, resource, total } = shortage;
  const [left, all, needed] = [free, total, limit].map((amount) =>
    resource === 'bytes' ? bytesLabel(amount) : String(Math.floor(amount)),
  );
  const what =
    resource === 'bytes' ? `${left} of ${all} are free` : `${left} of ${all} files can still be made`;
  const when = reportedAt === undefined ? '' : ` by the quota report of ${utc(reportedAt)}`;
  return `${what}${when}${level === 'full' ? `, JupyterLab needs ${needed}` : ''}`;
}

function advice({ shortage, isRefused }: HomeReport, filesUrl: string | null): string {
  const here = filesUrl === null ? '' : ` at ${filesUrl}`;
  if (isRefused) {
    return filesUrl === null
      ? 'Choose on the next spawn page to start all the same, and remove files in the lab.'
      : `Remove files${here}, then start the lab again.`;
  }
  const place = filesUrl === null ? '' : `, here or${here}`;
  return shortage.level === 'full'
    ? `The lab starts all the same, but work may be lost: remove files first${place}.`
    : `Remove files that you do not need${place}.`;
}

/** What a lab's user is told of a shortage; `filesUrl` is the page of the user's file server, null where there is none. */
export function homeSpaceText(report: HomeReport, filesUrl: string | null): string {
  const state = report.shortage.level === 'full' ? 'full' : 'almost full';
  return `Your home directory is ${state}: ${figures(report.shortage)}. ${advice(report, filesUrl)}`;
}

const SHORTAGE_TITLES = { full: 'Your home directory is full', low: 'Your home directory is almost full' };

/** The same as a Markdown notice at the top of a page. */
export function homeSpaceNotice(report: HomeReport, filesUrl: string | null): string {
  const title = SHORTAGE_TITLES[report.shortage.level];
  return `> **${title}.**\n> ${homeSpaceText(report, filesUrl)}\n`;
}

/** The warning about the home directory of a lab that starts, as an event of its pod; `at` is an RFC 3339 instant. */
export function homeWarning(podUid: string, report: HomeReport, at: string): PodEvent {
  const message = homeSpaceText(report, null);
  return { podUid, type: 'Warning', reason: 'HomeSpace', message, time: report.at ?? at };
}

const amount = numberIn(0, Number.MAX_VALUE);

/** Longest text of an instant. */
const MAX_INSTANT = 40;

const instant: Reader<string> = (value) => {
  const found = text(MAX_INSTANT)(value);
  const time = found === undefined ? Number.NaN : Date.parse(found);
  return Number.isFinite(time) ? new Date(time).toISOString() : undefined;
};

const readAmountShortage = object<Extract<HomeShortage, HomeAmount>>(
  {
    level: oneOf(['full', 'low']),
    resource: oneOf(['bytes', 'files']),
    free: amount,
    total: amount,
    limit: amount,
    reportedAt: instant,
  },
  ['reportedAt'],
);

const readRefusalShortage = object<Exclude<HomeShortage, HomeAmount>>({
  level: oneOf(['full']),
  refusal: oneOf(FULL_ERRORS),
});

/** Reads a shortage that another process has written. */
export const readShortage: Reader<HomeShortage> = (value) =>
  readAmountShortage(value) ?? readRefusalShortage(value);

/** Reads a report that another process has written. */
export const readHomeReport: Reader<HomeReport> = object<HomeReport>(
  { shortage: readShortage, isRefused: flag, at: instant },
  ['at'],
);

/** Longest termination message of the check that is read. */
const MAX_TERMINATION_MESSAGE = 1_024;

/** The termination message of the container that has checked a home directory. */
export function homeMessage(shortage: HomeShortage): string {
  return JSON.stringify({ homeSpace: shortage });
}

const readHomeMessage = object<{ readonly homeSpace: HomeShortage }>({ homeSpace: readShortage });

/**
 * The report in a termination message, which may hold anything; null if there is none. A container that ended with an
 * error refuses a full home; with another shortage that is no report.
 */
export function homeReportIn(
  message: string,
  { exitCode, at }: { readonly exitCode: number; readonly at?: string | undefined },
): HomeReport | null {
  if (message.length > MAX_TERMINATION_MESSAGE) return null;
  const shortage = readHomeMessage(parsed(message))?.homeSpace;
  const isRefused = exitCode !== 0;
  if (!shortage || (isRefused && shortage.level !== 'full')) return null;
  return { shortage, isRefused, ...(at === undefined ? {} : { at }) };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
