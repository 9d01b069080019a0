import { ConfigError } from '../config/diagnostics';
import type { Environment } from '../config/environment';
import { failureMessage, postAlert } from './alert';
import { createLog, type Log } from './log';
import { parsePolicy } from './policy';
import { createReport } from './report';
import { purge } from './run';
import { alertHookOf, type PurgeSettings, parseFutureDuration, readSettings, readText } from './settings';

/** What the command line says. */
export interface PurgeCommand {
  readonly isExecution: boolean;
  readonly configFile?: string | undefined;
  readonly policyFile?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly debug?: boolean | undefined;
  readonly futureDuration?: string | undefined;
  readonly json?: boolean | undefined;
  readonly summary?: boolean | undefined;
}

/** What the command uses of its process. */
export interface PurgeProcess {
  readonly environment: Environment;
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly isTerminal: boolean;
  readonly signal: AbortSignal;
}

/** Exit codes: all done, could not run, and some entries failed. */
export const EXIT = { done: 0, unusable: 1, failures: 2 } as const;

/**
 * Reports or purges as settings, policy and command line say, and posts failures to the configured webhook.
 *
 * @returns the exit code.
 */
export async function runPurge(command: PurgeCommand, process: PurgeProcess): Promise<number> {
  const { environment, writeError } = process;
  let settings: PurgeSettings | null = null;
  let log = createLog(writeError, { profile: 'development', level: 'INFO', hasTimestamp: false });
  const alert = async (text: string) => {
    const hook = settings?.alertHook ?? alertHookOf(environment);
    if (hook === null) return;
    const problem = await postAlert(hook, text);
    if (problem !== null) log('WARNING', 'alert not posted', { problem });
  };
  try {
    settings = settingsOf(command, environment);
    log = logOf(settings, process);
    const summary = await applied(command, settings, { ...process, log });
    if (summary.total.errors === 0) return EXIT.done;
    await alert(failureMessage(summary));
    return EXIT.failures;
  } catch (error) {
    const text =
      error instanceof ConfigError ? error.report() : error instanceof Error ? error.message : String(error);
    writeError(`${text}\n`);
    await alert(`Purge could not run. ${text}`);
    return EXIT.unusable;
  }
}

function settingsOf(command: PurgeCommand, environment: Environment): PurgeSettings {
  const { configFile, policyFile, dryRun, debug, futureDuration } = command;
  const settings = readSettings(configFile, environment);
  return {
    ...settings,
    policyFile: policyFile ?? settings.policyFile,
    dryRun: dryRun || settings.dryRun,
    debug: debug || settings.debug,
    futureDurationMs:
      futureDuration === undefined ? settings.futureDurationMs : parseFutureDuration(futureDuration),
  };
}

function logOf(settings: PurgeSettings, { writeError, isTerminal }: PurgeProcess): Log {
  const { debug, logProfile, logLevel, addTimestamp } = settings;
  return createLog(writeError, {
    profile: debug ? 'development' : (logProfile ?? (isTerminal ? 'development' : 'production')),
    level: debug ? 'DEBUG' : logLevel,
    hasTimestamp: addTimestamp,
  });
}

async function applied(
  { isExecution, json = false, summary: isSummaryOnly = false }: PurgeCommand,
  { policyFile, dryRun, futureDurationMs }: PurgeSettings,
  { writeOut, signal, log }: PurgeProcess & { readonly log: Log },
) {
  const policy = parsePolicy(readText(policyFile));
  const isDryRun = !isExecution || dryRun || futureDurationMs !== null;
  if (isExecution && isDryRun) {
    const reason = dryRun ? 'dryRun is set' : 'futureDuration is set';
    log('WARNING', 'nothing is removed, only reported', { reason });
  }
  log('INFO', 'purge started', { policyFile, isDryRun, directories: policy.directories.length });
  const report = createReport(writeOut, { isDryRun, isJson: json, isSummaryOnly });
  const whenMs = Date.now() + (futureDurationMs ?? 0);
  const summary = await purge(policy, { isDryRun, whenMs, observer: report.observer, log, signal });
  report.end(summary);
  log(summary.total.errors > 0 ? 'ERROR' : 'INFO', 'purge finished', { isDryRun, ...summary.total });
  return summary;
}
