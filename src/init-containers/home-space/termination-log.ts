import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { describeError } from '../system-error';
import type { Report } from '../variables';

/**
 * Writes the termination message of this container, which the kubelet reads at its end. The kubelet has made the file;
 * without it there is no container, and the message goes nowhere, which is reported.
 */
export function terminationLog(path: string, report: Report): (message: string) => void {
  return (message) => {
    try {
      const file = openSync(path, constants.O_WRONLY | constants.O_TRUNC);
      try {
        writeFileSync(file, message);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      report(`warning: the termination message was not written: ${describeError(error)}`);
    }
  };
}
