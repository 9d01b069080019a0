import { escapedControls, shownText } from './log';
import type { PurgeSummary } from './run';
import type { ExpiredFile, Observer } from './walk';

/** How the outcome is printed. */
export interface ReportOptions {
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  /** Prints the totals alone. */
  readonly isSummaryOnly: boolean;
}

/** Prints what is removed, line by line, and at the end the totals. */
export interface Report {
  readonly observer: Pick<Observer, 'removed' | 'removedDirectory'>;
  end(summary: PurgeSummary): void;
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** A size for people, such as `1.5 GiB`. */
export function sizeText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${UNITS[power]}`;
}

/** A duration for people, in its two largest units. */
export function durationText(durationMs: number): string {
  const minutes = Math.floor(durationMs / 60_000);
  const parts = [
    [Math.floor(minutes / 1440), 'd'],
    [Math.floor(minutes / 60) % 24, 'h'],
    [minutes % 60, 'm'],
    [Math.floor(durationMs / 1000) % 60, 's'],
  ] as const;
  const first = parts.findIndex(([number]) => number > 0);
  if (first < 0) return '0s';
  return parts
    .slice(first, first + 2)
    .filter(([number]) => number > 0)
    .map(([number, unit]) => `${number}${unit}`)
    .join(' ');
}

const DEEDS = { access: 'not accessed', creation: 'not changed', modification: 'not modified' };

function fileText({ path, bytes, reason, ageMs, limitMs }: ExpiredFile): string {
  const age = `${DEEDS[reason]} for ${durationText(ageMs)}, limit ${durationText(limitMs)}`;
  return `${shownText(path)}: ${age}, ${sizeText(bytes)}`;
}

const fileFields = ({ path, bytes, size, reason, ageMs, limitMs }: ExpiredFile) => ({
  type: 'file',
  path,
  bytes,
  size,
  reason,
  ageSeconds: Math.floor(ageMs / 1000),
  limitSeconds: limitMs / 1000,
});

function summaryText({ isDryRun, isInterrupted, total }: PurgeSummary): string {
  const { files, removedFiles, removedBytes, removedDirectories, links, mounts, vanished, changed, errors } =
    total;
  const verb = isDryRun ? 'would be removed' : 'removed';
  const others = [
    [links, 'symbolic links kept'],
    [mounts, 'mount points not entered'],
    [vanished, 'vanished meanwhile'],
    [changed, 'changed meanwhile'],
    [errors, 'errors'],
  ] as const;
  return [
    `${removedFiles} of ${files} files (${sizeText(removedBytes)}) and ${removedDirectories} directories ${verb}`,
    ...others.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`),
    ...(isInterrupted ? ['ended early by a signal'] : []),
  ].join('; ');
}

/** A report as text, or as one JSON document per line: files, directories and at the end the summary. */
export function createReport(
  write: (text: string) => void,
  { isDryRun, isJson, isSummaryOnly }: ReportOptions,
): Report {
  const print = (text: string, fields: Readonly<Record<string, unknown>>) =>
    write(`${isJson ? escapedControls(JSON.stringify(fields)) : text}\n`);
  return {
    observer: isSummaryOnly
      ? {}
      : {
          removed: (file) => print(fileText(file), { ...fileFields(file), isRemoved: !isDryRun }),
          removedDirectory: (path) =>
            print(`${shownText(path)}: empty`, { type: 'directory', path, isRemoved: !isDryRun }),
        },
    end: (summary) => print(summaryText(summary), { type: 'summary', ...summary }),
  };
}
