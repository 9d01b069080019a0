import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkValues } from '../../../src/migration/chart/check';
import type { ReportLine } from '../../../src/migration/report';
import { readValues, type ValuesFile } from '../../../src/migration/values/read';

export const DATA = join(__dirname, '../../data/migration');

/** A file of `data/migration`, under that name. */
export const dataFile = (name: string): ValuesFile => ({
  name,
  text: readFileSync(join(DATA, name), 'utf8'),
});

/** What becomes of texts of values. */
export function reportOf(...texts: readonly string[]) {
  const files = texts.map((text, index) => ({ name: `${index + 1}.yaml`, text }));
  return checkValues(
    readValues(files),
    files.map(({ name }) => name),
  );
}

/** What becomes of a site's values on top of the chart's. */
export function siteReport(site: string) {
  const files = [dataFile('chart.yaml'), dataFile(`sites/${site}.yaml`)];
  return checkValues(
    readValues(files),
    files.map(({ name }) => name),
  );
}

/** The lines about a key as `outcome -> to`, with where they stand. */
export function said(lines: readonly ReportLine[], path: string): string[] {
  return lines
    .filter((line) => line.path === path)
    .map(
      ({ outcome, to, at }) =>
        `${at?.file}:${at?.line}:${at?.column} ${outcome}${to === null ? '' : ` ${to}`}`,
    );
}

/** The keys that are to be decided on. */
export const decisions = (lines: readonly ReportLine[]): (string | null)[] =>
  lines.filter(({ outcome }) => outcome === 'decide').map(({ path }) => path);
