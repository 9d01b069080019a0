/**
 * Options of V8 for processes that run for long. V8 lets young objects take up to three times 16 MB in each thread before it
 * collects them, and keeps that memory.
 */
const V8_OPTIONS = ['--max-semi-space-size=2'];

/** The same for memory outside V8: glibc keeps an arena for each of up to eight threads per core, which are never empty. */
const GLIBC_SETTINGS = { MALLOC_ARENA_MAX: '2' };

/** What of the present process is looked at; `execve` replaces it. */
type Replaceable = Pick<NodeJS.Process, 'argv' | 'env' | 'execArgv' | 'execPath' | 'execve'>;

/**
 * Replaces this process, under the same process ID, by one with settings that keep its memory small, which count from its start
 * only. Returns where it has them already, or where `NODE_OPTIONS` or the command line sets the size otherwise. To be called
 * before anything is opened.
 */
export function restartWithSmallHeap(running: Replaceable = process): void {
  const { argv, env, execArgv, execPath } = running;
  const given = [...execArgv, env['NODE_OPTIONS'] ?? ''].join(' ');
  if (given.includes('--max-semi-space-size') || !running.execve) return;
  const options = [execPath, ...V8_OPTIONS, ...execArgv, ...argv.slice(1)];
  running.execve(execPath, options, { ...GLIBC_SETTINGS, ...env });
}
