import type * as z from 'zod';

/** What a diagnostic is about, for programs; the message says it for people. */
export type DiagnosticRule =
  | 'unreadable'
  | 'uncheckable'
  | 'yaml'
  | 'missing'
  | 'null'
  | 'kind'
  | 'value'
  | 'unknown-key'
  | 'both-spellings'
  | 'duplicate'
  | 'reserved'
  | 'unknown-name'
  | 'conflict'
  | 'former-format'
  | 'ignored-key'
  | 'no-effect'
  | 'ambiguous'
  | 'unusual'
  | 'information';

/** What was found in a configuration: an error keeps it from being used, the others do not. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'info';
  /** The key, as in `lab.sizes[0].resources`, or the environment variable. */
  readonly path: string;
  /** The offending value as it may be shown; null where there is none, or it may be confidential. */
  readonly value: string | null;
  readonly rule: DiagnosticRule;
  /** A sentence about the value and the rule it breaks, to be read after the path. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** A broken rule that spans several keys, or an oddity, at a place relative to some section. */
export interface Finding extends Omit<Diagnostic, 'path' | 'severity' | 'value'> {
  readonly path: readonly PropertyKey[];
  readonly value?: string;
}

/** Thrown when a configuration cannot be used; holds every error found and no secret value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly Diagnostic[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  }

  /** All problems with their remedies, for people. */
  report(): string {
    const lines = this.problems.map(({ path, message, remedy }) => `${path}: ${message}\n    ${remedy}`);
    return ['The configuration cannot be used:', ...lines].join('\n');
  }
}

/**
 * An error of a check as one of the configuration. Any other error than a `ConfigError` means that a rule cannot cope
 * with the file; of that only the kind is said, since its text may quote values.
 */
export function toConfigError(error: unknown): ConfigError {
  if (error instanceof ConfigError) return error;
  const kind = error instanceof Error ? error.name : typeof error;
  return new ConfigError([
    diagnosticOf('error', {
      path: [],
      rule: 'uncheckable',
      message: `cannot be checked, since a rule fails for it (${kind})`,
      remedy:
        'Undo the latest changes; look for values that are nested very deeply, or of another kind than asked for.',
    }),
  ]);
}

/** Runs a check of a configuration. @throws ConfigError for whatever it throws. */
export function throwingConfigErrors<Result>(check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    throw toConfigError(error);
  }
}

/** Writes a key's path as in `lab.sizes[0].resources`; keys that are no plain words are quoted. */
export function pathText(path: readonly PropertyKey[]): string {
  const joined = path.map(segment).join('').replace(/^\./, '');
  return joined === '' ? '(file)' : joined;
}

function segment(key: PropertyKey): string {
  if (typeof key === 'number') return `[${key}]`;
  const name = String(key);
  return /^[\w./-]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** A diagnostic of a finding in the section at `path`. */
export function diagnosticOf(
  severity: Diagnostic['severity'],
  { path, value = null, ...finding }: Omit<Finding, 'value'> & { readonly value?: string | null },
): Diagnostic {
  return { severity, path: pathText(path), value, ...finding };
}

/** The places at which a value occurs for a second or later time. */
export function repeated<Value>(values: readonly Value[]): { value: Value; index: number }[] {
  return values
    .map((value, index) => ({ value, index }))
    .filter(({ value, index }) => values.indexOf(value) < index);
}

/** Reports broken rules of a section to the schema that checks it. */
export function report(
  findings: readonly Finding[],
  context: { addIssue(issue: z.core.$ZodRawIssue): void },
): void {
  for (const finding of findings) {
    const { path, message } = finding;
    context.addIssue({ code: 'custom', path: [...path], message, input: undefined, params: { finding } });
  }
}
