import { chmodSync, closeSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { V1Container } from '@kubernetes/client-node';
import type { Mount } from './mounts';

/** Longest termination message that a kubelet reports, in bytes. */
const MAX_BYTES = 4_096;

/** Makes the empty file in which a container leaves its termination message, and returns its mount. */
export function prepareTerminationLog(file: string, { terminationMessagePath }: V1Container): Mount {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  // Containers run as any user.
  chmodSync(file, 0o666);
  return { source: file, target: terminationMessagePath ?? '/dev/termination-log', isReadOnly: false };
}

/** The termination message that a container has left; empty for none. */
export function terminationMessage(file: string): string {
  try {
    const opened = openSync(file, 'r');
    try {
      const buffer = Buffer.alloc(MAX_BYTES);
      return buffer.toString('utf8', 0, readSync(opened, buffer));
    } finally {
      closeSync(opened);
    }
  } catch {
    // The pod's folder is gone.
    return '';
  }
}
