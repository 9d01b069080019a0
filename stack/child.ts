import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process to start: a binary of the stack, by name, or any command. */
export interface ProcessPlan {
  readonly name: string;
  readonly command?: string;
  readonly args: readonly string[];
  /** Added to `PATH` and `HOME`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it must end in order (not by SIGKILL) for its data to be readable at the next start. */
  readonly keepsData?: boolean;
}

/** A process of the stack, running in the supervisor's process group. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly keepsData: boolean;
  /** How it ended, such as `exit code 1`; undefined while it runs. */
  ending(): string | undefined;
  /** Calls back once it has ended. */
  onEnd(callback: (ending: string) => void): void;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Starts the same process again. */
  again(): Child;
  /** The last lines of its log. */
  lastLines(): string;
}

export interface Place {
  /** Working directory and home. */
  readonly directory: string;
  readonly logFile: string;
}

/** Starts a planned process, and registers it for the end of the stack. */
export type Launch = (plan: ProcessPlan) => Child;

/** Starts a process that writes its output to its log file and inherits only `PATH`. */
export function startChild(plan: ProcessPlan, place: Place): Child {
  const { name, args, command = name, environment, keepsData = false } = plan;
  const { directory, logFile } = place;
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', HOME: directory, ...environment },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let ending: string | undefined;
  const callbacks: ((ending: string) => void)[] = [];
  const end = (how: string) => {
    if (ending !== undefined) return;
    ending = how;
    for (const callback of callbacks) callback(how);
  };
  child.once('error', (error) => end(error.message));
  child.once('exit', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
  return {
    name,
    pid: child.pid ?? 0,
    keepsData,
    ending: () => ending,
    onEnd: (callback) => callbacks.push(callback),
    kill: (signal) => child.kill(signal),
    again: () => startChild(plan, place),
    lastLines: () => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n'),
  };
}

/**
 * Polls `check` until it returns true; an exception counts as false.
 *
 * @throws Error with the last log lines as soon as one of `children` ends, or after the timeout.
 */
export async function waitFor(
  what: string,
  children: readonly Child[],
  check: () => Promise<boolean>,
  timeoutMs = 120_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let problem = '';
  for (;;) {
    for (const child of children) failIfEnded(child);
    try {
      if (await check()) return;
    } catch (error) {
      problem = `: ${String(error)}`;
    }
    if (Date.now() > deadline) {
      const logs = children.map((child) => `--- ${child.name}\n${child.lastLines()}`).join('\n');
      throw new Error(`${what} took longer than ${timeoutMs / 1000} s${problem}\n${logs}`);
    }
    await delay(30);
  }
}

function failIfEnded(child: Child): void {
  const ending = child.ending();
  if (ending) throw new Error(`${child.name} ended with ${ending}:\n${child.lastLines()}`);
}
