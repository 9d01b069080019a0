import { needsDecision, type ReportLine } from '../../migration/report';
import { UnusableFiles } from '../../migration/values/read';

/** Runs a command, and sets the exit code: 0 when nothing is to be decided, 1 when something is, 2 for unusable files. */
export function exitingWith(command: () => readonly ReportLine[]): void {
  try {
    process.exitCode = needsDecision({ lines: command() }) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof UnusableFiles)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
