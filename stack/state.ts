import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { type Stack, stackSchema } from './description';
import { removeState, stackFiles } from './files';
import { stackDirectory, stacksDirectory } from './paths';

const STOP_TIMEOUT_MS = 15_000;
const KEEP_LOGS_MS = 24 * 3_600_000;

/** Whether a process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const file = `/proc/${pid}/stat`;
  if (!existsSync('/proc/self/stat')) return true;
  try {
    return !readFileSync(file, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

/**
 * The running stack of that name; undefined without one.
 *
 * @throws ZodError for a stack of another version of this program.
 */
export function findStack(name: string): Stack | undefined {
  return isRunning(name) ? stackSchema.parse(descriptionOf(name)) : undefined;
}

const supervised = stackSchema.pick({ supervisorPid: true, directory: true });

/** Whether a stack of that name runs, of any version of this program. */
function isRunning(name: string): boolean {
  const { data } = supervised.safeParse(descriptionOf(name));
  return data !== undefined && isSupervisor(data);
}

function descriptionOf(name: string): unknown {
  const { description } = stackFiles(stackDirectory(name));
  return existsSync(description) ? JSON.parse(readFileSync(description, 'utf8')) : undefined;
}

/** Names of all stacks that have a folder, running or not. */
export function stackNames(): string[] {
  return existsSync(stacksDirectory()) ? readdirSync(stacksDirectory()) : [];
}

/** Process IDs are reused: the process must have been started for this stack's folder. */
function isSupervisor({ supervisorPid, directory }: z.infer<typeof supervised>): boolean {
  if (!isAlive(supervisorPid)) return false;
  return commandLine(supervisorPid).includes(JSON.stringify(directory));
}

function commandLine(pid: number): string {
  try {
    return existsSync('/proc/self/cmdline')
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      : execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/**
 * Ends all processes of a stack and removes its data; the logs stay. Does nothing for one that has ended.
 *
 * @throws Error if a process does not end.
 */
export async function stopStack(stack: Stack): Promise<void> {
  const pids = [stack.supervisorPid, ...Object.values(stack.pids)];
  if (isSupervisor(stack)) process.kill(stack.supervisorPid, 'SIGTERM');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (pids.some(isAlive)) {
    if (Date.now() > deadline) throw new Error(`stack ${stack.name} does not stop: see ${stack.directory}`);
    await delay(20);
  }
  removeState(stack.directory, stack.isPersistent);
}

/** Removes the folders of stacks that are not persistent and ended more than a day ago. */
export function removeOldStacks(): void {
  for (const name of stackNames()) {
    const directory = stackDirectory(name);
    const isKept = existsSync(stackFiles(directory).temporalDatabase) || isRunning(name);
    const age = Date.now() - statSync(directory).mtimeMs;
    if (!isKept && age > KEEP_LOGS_MS) rmSync(directory, { recursive: true, force: true });
  }
}
