import type { Finding, Part } from './check';
import type { Result } from './examine';

const MARKS: Readonly<Record<Finding['status'], string>> = {
  ok: 'ok',
  warning: 'warning',
  error: 'ERROR',
  skipped: '-',
};

/** Whether a part can work. */
export const isWell = (results: readonly Result[]): boolean =>
  results.every(({ status }) => status !== 'error');

/** The results as a table for people, each remedy below its row. */
export function asTable(results: readonly Result[]): string {
  const width = Math.max(...results.map(({ check }) => check.length));
  const markWidth = Math.max(...Object.values(MARKS).map((mark) => mark.length));
  const indent = ' '.repeat(width + markWidth + 4);
  return results
    .flatMap(({ check, status, message, remedy }) => [
      `${check.padEnd(width)}  ${MARKS[status].padEnd(markWidth)}  ${message}`,
      ...(remedy === null ? [] : [`${indent}→ ${remedy}`]),
    ])
    .join('\n');
}

/** The last line for people. */
export function summary(results: readonly Result[], part: Part): string {
  const count = (status: Finding['status']) => results.filter((result) => result.status === status).length;
  const who = part === 'all' ? 'the controller' : `nublado ${part}`;
  const outcome = isWell(results) ? 'has all that it needs' : 'cannot work so';
  return `${who} ${outcome}: ${count('error')} errors, ${count('warning')} warnings`;
}

/** The results for programs. */
export function asJson(results: readonly Result[], part: Part): string {
  return JSON.stringify({ part, isWell: isWell(results), checks: results }, null, 2);
}
