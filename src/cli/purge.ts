import { constants } from 'node:os';
import { Command } from 'commander';
import { readEnvironment } from '../config/process-environment';

interface Options {
  readonly configFile?: string;
  readonly policyFile?: string;
  readonly dryRun?: boolean;
  readonly debug?: boolean;
  readonly futureDuration?: string;
  readonly json?: boolean;
  readonly summary?: boolean;
}

const HELP = `
Only "execute" removes anything, and not with dryRun or futureDuration set by option, variable or file. Settings are
NUBLADO_* variables, else keys of the configuration file; options take precedence over both. Files and totals go to
standard output, the log to standard error.

Exits with 0 when all is done, with 1 when settings or policy cannot be used, with 2 when some files or directories
could not be examined or removed, and with 128 and the signal's number when ended by a signal.`;

/** The commands on scratch space: each loads its own code. `purger` is what earlier installations call it. */
export function purgeCommand(): Command {
  const purge = withOptions(new Command('purge'))
    .alias('purger')
    .description('Report, or with "execute" remove, files of scratch space that are kept no longer')
    .action(run(false));
  withOptions(purge.command('report'))
    .description('Report what would be removed now; the same as without a command')
    .action(run(false));
  withOptions(purge.command('execute'))
    .description('Remove what is kept no longer, and report it')
    .action(run(true));
  withOptions(purge.command('warn'))
    .description('Report what would be removed after some time, for announcements')
    .option('-t, --future-duration <duration>', 'how far ahead of now, such as 7d')
    .action(run(false));
  return purge;
}

function withOptions(command: Command): Command {
  return command
    .option(
      '-c, --config-file <file>',
      'configuration file (default: $NUBLADO_CONFIG_FILE, else /etc/purger/config.yaml)',
    )
    .option(
      '-p, --policy-file <file>',
      'policy file (default: policyFile of the settings, else /etc/purger/policy.yaml)',
    )
    .option('-x, --dry-run', 'remove nothing, only report')
    .option('-d, --debug', 'log everything, as text')
    .option('--json', 'print one JSON document per line: files, directories, and at the end the summary')
    .option('--summary', 'print the totals alone')
    .addHelpText('after', HELP);
}

const run = (isExecution: boolean) => async (_options: unknown, command: Command) => {
  const { runPurge } = await import('../purge/command.js');
  const options: Options = command.optsWithGlobals();
  const stop = new AbortController();
  let received: NodeJS.Signals | null = null;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      received = name;
      stop.abort();
    });
  }
  // A reader that has enough, such as head, ends the purge.
  process.stdout.on('error', () => stop.abort());
  const code = await runPurge(
    { isExecution, ...options },
    {
      environment: readEnvironment(),
      writeOut: (text) => process.stdout.write(text),
      writeError: (text) => process.stderr.write(text),
      isTerminal: process.stderr.isTTY,
      signal: stop.signal,
    },
  );
  process.exitCode = received === null ? code : 128 + constants.signals[received];
};
