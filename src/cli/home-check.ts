import { type Command, InvalidArgumentError } from 'commander';
import { readEnvironment } from '../config/process-environment';

const report = (line: string) => console.log(line);

/** Adds the command of the init container that checks the space in home directories; it loads its own code. */
export function addHomeCheckCommand(nublado: Command): void {
  nublado
    .command('homecheck')
    .description("Measure what is left of the user's home directory; runs in an init container of a lab")
    .requiredOption('--minimum-free <bytes>', 'what JupyterLab needs to start', amount)
    .requiredOption('--minimum-free-files <count>', 'how many new files it needs to start', amount)
    .requiredOption('--warn-below <bytes>', 'with less than this the user is warned', amount)
    .requiredOption('--warn-below-files <count>', 'with fewer new files than this the user is warned', amount)
    .option('--quota-file <path>', 'report of the quotas of users')
    .option('--quota-max-age <seconds>', 'how old it may be', amount, 3_600)
    .option('--start-full', 'let the lab start with a full home directory', false)
    .option('--empty-caches', 'empty the caches of a full home directory', false)
    .option('--files-url <url>', "page of the user's file server")
    .option('--startup-dir <path>', 'directory to hand a notice to the lab in')
    .option('--termination-log <path>', 'file for the termination message', '/dev/termination-log')
    .action(homecheck);
}

function amount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('Not a whole number.');
  return value;
}

/** Options of `homecheck`. */
interface HomeCheckOptions {
  readonly minimumFree: number;
  readonly minimumFreeFiles: number;
  readonly warnBelow: number;
  readonly warnBelowFiles: number;
  readonly quotaFile?: string;
  readonly quotaMaxAge: number;
  readonly startFull: boolean;
  readonly emptyCaches: boolean;
  readonly filesUrl?: string;
  readonly startupDir?: string;
  readonly terminationLog: string;
}

/** Checks the space in the home directory; the exit code is 1 when the lab is not to start. */
async function homecheck(options: HomeCheckOptions): Promise<void> {
  const { checkHome } = await import('../init-containers/home-space/check.js');
  const { terminationLog } = await import('../init-containers/home-space/termination-log.js');
  const { readHomeOwner } = await import('../init-containers/home-directory.js');
  const { writeMegabyte } = await import('../init-containers/startup/space.js');
  const { home, uid } = readHomeOwner(readEnvironment());
  const { quotaFile, quotaMaxAge, minimumFree, minimumFreeFiles, warnBelow, warnBelowFiles } = options;
  const mayStart = checkHome(
    {
      home,
      uid,
      limits: {
        minimumFree: { bytes: minimumFree, files: minimumFreeFiles },
        warnBelow: { bytes: warnBelow, files: warnBelowFiles },
      },
      quota: quotaFile === undefined ? null : { path: quotaFile, maxAgeMs: quotaMaxAge * 1000 },
      startsFull: options.startFull,
      emptiesCaches: options.emptyCaches,
      filesUrl: options.filesUrl ?? null,
    },
    {
      writeMegabyte,
      tell: terminationLog(options.terminationLog, report),
      startup: options.startupDir ?? null,
      now: new Date(),
      report,
    },
  );
  if (!mayStart) process.exitCode = 1;
}
