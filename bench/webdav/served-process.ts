import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { cpuTimes } from '../meters';

/** A server in a process of its own, which may have children. */
export interface ServedProcess {
  /** URL of the served folder, with a slash at the end. */
  readonly url: string;
  /** From the start of the process to its first answer. */
  readonly startMs: number;
  /** Resident memory of all its processes, now and at its most, in MiB. */
  readonly memory: () => { readonly nowMiB: number; readonly peakMiB: number };
  /** Processor time of all its processes so far. */
  readonly cpuMs: () => number;
  readonly stop: () => Promise<void>;
}

/** How to start a server. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const START_LIMIT_MS = 30_000;

/** Starts a server on a loopback port and waits until it answers. @throws Error when it ends or does not answer */
export async function startServed(launch: Launch, port: number): Promise<ServedProcess> {
  const url = `http://127.0.0.1:${port}/`;
  const begunAt = performance.now();
  const child = spawn(launch.command, launch.args, {
    env: { PATH: process.env['PATH'], ...launch.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  const stopWithParent = () => child.kill('SIGKILL');
  process.once('exit', stopWithParent);
  const exited = once(child, 'exit').finally(() => process.removeListener('exit', stopWithParent));
  while (!(await isAnswering(url))) {
    const isOver = child.exitCode !== null || child.signalCode !== null;
    if (isOver || performance.now() - begunAt > START_LIMIT_MS) {
      child.kill('SIGKILL');
      throw new Error(`${launch.command} does not serve: ${complaint}`);
    }
    await delay(2);
  }
  const startMs = performance.now() - begunAt;
  return {
    url,
    startMs,
    memory: () => ({ nowMiB: sumOf(child, 'VmRSS'), peakMiB: sumOf(child, 'VmHWM') }),
    cpuMs: () => familyOf(child.pid ?? 0).reduce((sum, pid) => sum + (cpuTimes({ pid })['pid'] ?? 0), 0),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function isAnswering(url: string): Promise<boolean> {
  try {
    const { body } = await request(url, { method: 'OPTIONS', reset: true });
    await body.dump();
    return true;
  } catch {
    return false;
  }
}

/** A process and all its descendants. */
function familyOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return [pid, ...children.split(' ').filter(Boolean).map(Number).flatMap(familyOf)];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

function sumOf({ pid = 0 }: ChildProcess, field: 'VmRSS' | 'VmHWM'): number {
  return familyOf(pid)
    .map((each) => {
      const line = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${each}/status`, 'utf8'));
      return Number(line?.[1] ?? 0) / 1024;
    })
    .reduce((sum, value) => sum + value, 0);
}
