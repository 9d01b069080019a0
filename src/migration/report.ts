import type { Location } from './values/placed';

/**
 * What becomes of a key: taken as it is; taken under another name; left out, since it has no use here; left to JupyterHub's
 * own chart; left to a person, who has to decide. A `note` asks for nothing.
 */
export type Outcome = 'kept' | 'renamed' | 'ignored' | 'hub' | 'decide' | 'note';

/** One line of a report. */
export interface ReportLine {
  /** The key, as in `controller.config.lab.env`; null for what belongs to no key. */
  readonly path: string | null;
  /** Where the key stands; null where it is in no file. */
  readonly at: Location | null;
  readonly outcome: Outcome;
  /** What takes its place; null for none. */
  readonly to: string | null;
  readonly advice: string | null;
}

/** What was found, and what was made of it. */
export interface Report<Result = Readonly<Record<string, unknown>>> {
  readonly lines: readonly ReportLine[];
  readonly result: Result;
}

/** Whether there is anything that a person has to decide. */
export const needsDecision = ({ lines }: Pick<Report, 'lines'>): boolean =>
  lines.some(({ outcome }) => outcome === 'decide');

/** How many lines there are of each outcome. */
export function counts({ lines }: Pick<Report, 'lines'>): Record<Outcome, number> {
  const numbers = { kept: 0, renamed: 0, ignored: 0, hub: 0, decide: 0, note: 0 };
  for (const { outcome } of lines) numbers[outcome] += 1;
  return numbers;
}
