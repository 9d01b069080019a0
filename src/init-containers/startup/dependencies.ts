import { join } from 'node:path';
import type { Report, Variables } from '../variables';

/** What preparing a lab depends on, besides the home directory. */
export interface StartupDependencies {
  readonly variables: Variables;
  readonly paths: {
    /** Where the image keeps its configuration. */
    readonly etc: string;
    /** Where the lab reads how to start. */
    readonly startup: string;
    /** Where a lab lives whose home directory cannot be used. */
    readonly temporary: string;
  };
  readonly now: Date;
  /** Throws the system's error when the directory has no room for 1 MB. */
  readonly writeMegabyte: (directory: string) => void;
  readonly report: Report;
}

/** Where the lab reads changes to its environment. It is written last. */
export function environmentFile(paths: StartupDependencies['paths']): string {
  return join(paths.startup, 'env.json');
}
