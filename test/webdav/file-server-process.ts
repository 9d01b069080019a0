import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(__dirname, '../../src/cli/main.ts');

/** A file server in a process of its own, as in a pod. */
export interface FileServerProcess {
  readonly port: number;
  readonly child: ChildProcess;
  /** Ends it and gives the exit code or the signal. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | string | null>;
}

/** Starts a server of a folder at `/files/rachel`. */
export async function startFileServer(directory: string, port: number): Promise<FileServerProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'webdav'], {
    env: {
      PATH: process.env['PATH'],
      WORBLEHAT_BASE_HREF: '/files/rachel',
      WORBLEHAT_DIR: directory,
      WORBLEHAT_PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const isServed = (async () => {
    for await (const line of createInterface(child.stdout)) if (line.includes('files served')) return true;
    return false;
  })();
  if (!(await isServed)) throw new Error('the file server did not start');
  child.stdout.resume();
  return {
    port,
    child,
    end: async (signal) => {
      child.kill(signal);
      const [code, ended] = await exited;
      return code ?? ended;
    },
  };
}
