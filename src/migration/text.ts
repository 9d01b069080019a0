import { counts, type Outcome, type ReportLine } from './report';

const TITLES: Readonly<Record<Outcome, string>> = {
  kept: 'as it is',
  renamed: 'renamed',
  ignored: 'left out',
  hub: "hub's chart",
  decide: 'TO DECIDE',
  note: 'note',
};

/** Control characters and marks of writing direction, which could change what a terminal shows. */
const UNFIT = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

const fit = (text: string): string =>
  text.replaceAll(
    UNFIT,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );

const place = ({ at }: ReportLine): string => (at === null ? '-' : `${at.file}:${at.line}:${at.column}`);

function what({ to, advice }: ReportLine): string {
  const target = to === null ? '' : `-> ${to}`;
  return [target, advice ?? ''].filter((part) => part !== '').join('  ');
}

/** A report for people: one line for each key, what is to be decided at the end, and how many lines there are of each kind. */
export function reportText(lines: readonly ReportLine[]): string {
  const rows = lines
    .filter(({ outcome }) => outcome !== 'decide')
    .map((line) => [place(line), line.path ?? '-', TITLES[line.outcome], what(line)].map(fit));
  const widths = [0, 1, 2].map((column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  const table = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const decisions = lines
    .filter(({ outcome }) => outcome === 'decide')
    .map((line) => fit(line.path === null ? what(line) : `${place(line)}  ${line.path}: ${what(line)}`));
  return [
    ...table.map((line) => line.trimEnd()),
    ...(decisions.length === 0 ? [] : ['', 'To decide:', ...decisions.map((line) => `  ${line}`)]),
    '',
    summary(lines),
  ].join('\n');
}

function summary(lines: readonly ReportLine[]): string {
  const { kept, renamed, ignored, hub, decide } = counts({ lines });
  return `${kept} as they are, ${renamed} renamed, ${ignored} left out, ${hub} for the hub's chart, ${decide} to decide`;
}
