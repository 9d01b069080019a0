/** What a purge came across, in numbers; of a dry run, what would have been removed. */
export interface Counts {
  /** Files that were examined. */
  files: number;
  removedFiles: number;
  /** Sizes of the removed files together. */
  removedBytes: number;
  removedDirectories: number;
  /** Symbolic links, which always stay. */
  links: number;
  /** Directories that are mount points, which are entered only as directories of the policy. */
  mounts: number;
  /** Entries that were gone before they were examined or removed. */
  vanished: number;
  /** Entries that stayed because they changed, were exchanged, or moved away meanwhile. */
  changed: number;
  errors: number;
}

/** Counts of nothing. */
export const noCounts = (): Counts => ({
  files: 0,
  removedFiles: 0,
  removedBytes: 0,
  removedDirectories: 0,
  links: 0,
  mounts: 0,
  vanished: 0,
  changed: 0,
  errors: 0,
});

/** The sum of counts. */
export function sumOf(all: readonly Counts[]): Counts {
  const sum = noCounts();
  for (const counts of all) {
    for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += counts[key];
  }
  return sum;
}

/** Something that could not be examined or removed. */
export interface Failure {
  readonly path: string;
  readonly message: string;
}

/** How many failures are kept to be shown; the others are only counted. */
export const SHOWN_FAILURES = 100;
