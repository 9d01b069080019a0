import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CHECKOUT } from '../../stack/paths';

const MAIN = join(CHECKOUT, 'dist/cli/main.js');

/** A file server in a process of its own, as in a pod. */
export interface FileServerProcess {
  readonly port: number;
  /** URL of the served folder, with a slash at the end. */
  readonly url: string;
  readonly child: ChildProcess;
  /** Path by which this process reaches a path of the server's, which may have mounts of its own. */
  readonly seen: (path: string) => string;
  /** The most memory that it had so far, in MiB. */
  readonly peakMiB: () => number;
  /** Ends it and gives the exit code or the signal. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | string | null>;
}

interface Extras {
  readonly within?: readonly string[];
  readonly options?: readonly string[];
  readonly log?: (line: string) => void;
}

/**
 * Starts a server of a folder at `/files/rachel`, from the build.
 *
 * @param extras `within` is a command that the server's own is appended to, and that becomes the server; `options` are those of
 * the command, such as those for authentication; `log` is told each line that it writes
 */
export async function startFileServer(
  directory: string,
  port: number,
  { log = () => {}, options = [], within = [] }: Extras = {},
): Promise<FileServerProcess> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: npm run build`);
  const command = [...within, process.execPath, MAIN, 'webdav', ...options];
  const child = spawn(command[0] ?? '', command.slice(1), {
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
    url: `http://127.0.0.1:${port}/files/rachel/`,
    child,
    seen: (path) => `/proc/${child.pid}/root${path}`,
    peakMiB: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    },
    end: async (signal) => {
      child.kill(signal);
      const [code, ended] = await exited;
      return code ?? ended;
    },
  };
}

/** Command that gives what it starts mounts of its own, made by a shell script; they end with it. */
export function withMounts(script: string): string[] {
  // Users other than root may mount within a user namespace.
  const options = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  return ['unshare', ...options, 'sh', '-ec', `${script}\nexec "$@"`, 'sh'];
}
