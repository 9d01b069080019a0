import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CHECKOUT } from '../../stack/paths';

export interface StandbyTiming {
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

export interface StandbyOptions {
  /** A Python with the packages that the hub's plugins need. */
  readonly python: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly identity: string;
  /** The program's own by default. */
  readonly timing?: StandbyTiming;
  readonly command: readonly string[];
  /** File of its log, to which its command also writes. */
  readonly logFile: string;
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const lineSchema = z.looseObject({ time: z.string(), message: z.string() });

/** One event of a standby's log. */
export type StandbyEvent = z.infer<typeof lineSchema>;

/** A running `nublado-hub-standby`; it ends with this process. */
export interface Standby {
  readonly identity: string;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** What it has logged so far. */
  readonly events: () => StandbyEvent[];
  /** The first event of that message, if there is one yet. */
  readonly event: (message: string) => StandbyEvent | undefined;
}

/** Starts the program of this checkout. */
export function startStandby(options: StandbyOptions): Standby {
  const { python, identity, command, logFile } = options;
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(python, ['-m', 'nublado_hub.standby', ...flags(options), '--', ...command], {
    cwd: options.directory,
    env: {
      PATH: process.env['PATH'] ?? '',
      PYTHONPATH: join(CHECKOUT, 'hub', 'src'),
      PYTHONDONTWRITEBYTECODE: '1',
      ...options.environment,
    },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const exited = endOf(child);
  const events = () => readFileSync(logFile, 'utf8').split('\n').flatMap(parsed);
  return {
    identity,
    exited,
    kill: (signal) => void child.kill(signal),
    events,
    event: (wanted) => events().find(({ message }) => message === wanted),
  };
}

function flags({ kubeconfig, namespace, identity, timing }: StandbyOptions): string[] {
  const durations = timing && {
    'lease-duration': `${timing.leaseDurationMs}ms`,
    'renew-deadline': `${timing.renewDeadlineMs}ms`,
    'retry-period': `${timing.retryPeriodMs}ms`,
  };
  const values = { kubeconfig, namespace, identity, ...durations };
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

/** The command writes other lines to the same file. */
function parsed(line: string): StandbyEvent[] {
  if (!line.startsWith('{"time"')) return [];
  return [lineSchema.parse(JSON.parse(line))];
}

function endOf(child: ChildProcess) {
  const stopWithParent = () => child.kill('SIGKILL');
  process.once('exit', stopWithParent);
  return new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => {
      process.removeListener('exit', stopWithParent);
      resolve({ code, signal });
    });
  });
}
