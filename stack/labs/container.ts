import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import type { Environment } from './environment';
import type { Isolation } from './isolation';
import type { Mount } from './mounts';
import { linkScript, relocated, rootScript } from './root';
import { asUser, type User } from './user';

/** A process that runs in place of a container. */
export interface Container {
  readonly pid: number;
  readonly startedAt: Date;
  /** Its exit code; 128 + n for signal n, as in shells. */
  readonly exited: Promise<number>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface ContainerPlan {
  readonly command: readonly string[];
  readonly environment: Environment;
  readonly workingDirectory: string;
  readonly mounts: readonly Mount[];
  /** An empty folder for its root file system. */
  readonly root: string;
  readonly isRootReadOnly: boolean;
  /** Folders of this machine that it can read. */
  readonly needed: readonly string[];
  /** The user it runs as where users can be changed; null for the user of this process. */
  readonly user: User | null;
  readonly logFile: string;
}

/** Path of mount and chroot, independent of the pod's PATH. */
const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Writes to a pipe when the root file system is prepared, then executes the command. */
const ENTER = 'PATH=$1; export PATH; cd "$2" && shift 2 && echo started >&3 && exec "$@" 3>&-';

/**
 * A shell script that prepares the container's root file system and enters it. Arguments: PATH, working directory and
 * command.
 */
function scriptFor(plan: ContainerPlan, isolation: Isolation): string {
  const { isRootReadOnly, mounts, needed, root, user } = plan;
  const { changesUsers, hasNamespaces } = isolation;
  if (!hasNamespaces) return `${linkScript(mounts, root)}\nmkdir -p "$2"\n${ENTER}\n`;
  const identity = changesUsers && user ? asUser(user).join(' ') : '';
  return [
    `PATH=${SYSTEM_PATH}`,
    rootScript({ mounts, root, kept: needed, isReadOnly: isRootReadOnly }),
    `chroot '${root}' mkdir -p "$2"`,
    `exec chroot '${root}' ${identity} /bin/sh -c '${ENTER}' sh "$@"\n`,
  ].join('\n');
}

/** Starts a container's process and waits until its command runs. Its output goes to its log file. */
export async function startContainer(plan: ContainerPlan, isolation: Isolation): Promise<Container> {
  const { command, environment, mounts, root, workingDirectory } = plan;
  const { hasNamespaces, prefix } = isolation;
  const seen = (text: string) => (hasNamespaces ? text : relocated(text, mounts, root));
  const script = `${root}.sh`;
  writeFileSync(script, scriptFor(plan, isolation));
  const variables = Object.fromEntries([...environment].map(([name, value]) => [name, seen(value)]));
  const settings = [variables['PATH'] ?? '', seen(workingDirectory)];
  const [program = '', ...args] = [...prefix, 'sh', script, ...settings, ...command.map(seen)];
  mkdirSync(dirname(plan.logFile), { recursive: true });
  const log = openSync(plan.logFile, 'a');
  const child = spawn(program, args, { cwd: '/', env: variables, stdio: ['ignore', log, log, 'pipe'] });
  closeSync(log);
  const pid = child.pid ?? 0;
  const exited = new Promise<number>((resolve) => {
    child.once('error', () => resolve(128));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
  await Promise.race([exited, preparation(child)]);
  return {
    pid,
    startedAt: new Date(),
    exited,
    kill(signal) {
      // The outer process forwards no signals, and ends when the inner one and all its children have ended.
      const inner = hasNamespaces ? childOf(pid) : undefined;
      if (inner === undefined) child.kill(signal);
      else send(inner, signal);
    },
  };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has ended meanwhile.
  }
}

function preparation({ stdio: [, , , pipe] }: ChildProcess): Promise<void> {
  return new Promise((resolve) => pipe?.once('data', resolve));
}

function childOf(pid: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return child ? Number(child) : undefined;
  } catch {
    return undefined;
  }
}
