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

/**
 * Starts a server of a folder at `/files/rachel`.
 *
 * @param options of the command, such as those for authentication; `log` is told each line that it writes
 */
export async function startFileServer(
  directory: string,
  port: number,
  options: readonly string[] = [],
  log: (line: string) => void = () => {},
): Promise<FileServerProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'webdav', ...options], {
    env: {
      PATH: process.env['PATH'],
      WORBLEHAT_BASE_HREF: '/files/rachel',
      WORBLEHAT_DIR: directory,
      WORBLEHAT_PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout);
  const isServed = new Promise<boolean>((resolve) => {
    lines.on('line', (line) => {
      log(line);
      if (line.includes('files served')) resolve(true);
    });
    lines.once('close', () => resolve(false));
  });
  if (!(await isServed)) throw new Error('the file server did not start');
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
