import { globSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** IDs of the processes whose working directory is `folder`, with a command line (arguments end with NUL) of that form. */
export function processesIn(folder: string, command = /./): number[] {
  return globSync('/proc/[0-9]*/cwd').flatMap((link) => {
    try {
      if (readlinkSync(link) !== folder) return [];
      const pid = link.split('/')[2] ?? '';
      return command.test(readFileSync(join('/proc', pid, 'cmdline'), 'utf8')) ? [Number(pid)] : [];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}
