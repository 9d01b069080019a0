import { ConfigError, type Diagnostic, diagnosticOf, throwingConfigErrors } from '../config/diagnostics';
import { problemsOf } from '../config/documents/problems';
import { parseYaml } from '../config/documents/yaml';
import { policySchema } from './policy-schema';

/** For how long files are kept, by each of their times; null counts as for ever. */
export interface Intervals {
  /** Since the last read. */
  readonly accessIntervalMs: number | null;
  /** Since the last change of the inode, the nearest to a creation that every file system keeps. */
  readonly creationIntervalMs: number | null;
  /** Since the last write. */
  readonly modificationIntervalMs: number | null;
}

/** Which empty directories are removed: those that a run has emptied, all, or none. */
export type EmptyDirectories = 'emptied' | 'all' | 'keep';

/** What is purged below one directory. */
export interface DirectoryPolicy {
  /** Absolute, without `.`, `..` and a slash at its end. */
  readonly path: string;
  /** Size in bytes from which on a file is large. */
  readonly threshold: number;
  readonly intervals: { readonly small: Intervals; readonly large: Intervals };
  readonly emptyDirectories: EmptyDirectories;
}

/** What is purged, by directory. A directory inside another one has its own policy alone. */
export interface PurgePolicy {
  readonly directories: readonly DirectoryPolicy[];
}

/**
 * Reads the text of a policy file.
 *
 * @throws ConfigError with every problem found.
 */
export function parsePolicy(text: string): PurgePolicy {
  return throwingConfigErrors(() => {
    const result = policySchema.safeParse(parseYaml(text), { reportInput: true });
    if (!result.success) throw new ConfigError(problemsOf(result.error.issues));
    const doubles = doublesOf(result.data.directories);
    if (doubles.length > 0) throw new ConfigError(doubles);
    return result.data;
  });
}

function doublesOf(directories: readonly DirectoryPolicy[]): Diagnostic[] {
  return directories.flatMap(({ path }, index) => {
    const isDouble = directories.findIndex((other) => other.path === path) < index;
    const finding = {
      path: ['directories', index, 'path'],
      value: JSON.stringify(path),
      rule: 'duplicate',
      message: `${JSON.stringify(path)} is there twice`,
      remedy: 'Remove one of the two directories.',
    } as const;
    return isDouble ? [diagnosticOf('error', finding)] : [];
  });
}
