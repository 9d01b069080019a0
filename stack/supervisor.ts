import { spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { boot } from './boot';
import type { Child } from './child';
import { removeState, stackFiles } from './files';
import { bootOptionsSchema } from './plan';
import { type ProcessOrder, processOrderSchema } from './process-order';

/**
 * The parent of all processes of one stack. It is the leader of their process group, has `BootOptions` as its only
 * argument, and reports over Node's IPC channel. It stops everything on SIGTERM, and when the process that started it
 * disconnects before it has sent `stay`.
 */
const options = bootOptionsSchema.parse(JSON.parse(process.argv[2] ?? ''));

const STOP_TIMEOUT_MS = 5_000;

const children: Child[] = [];
let isStaying = false;
let isStopping = false;

/** Starts a process that kills the whole group when this process ends in any way: then its standard input closes. */
function startGuard(): void {
  const script = 'read -r line; kill -s KILL -- "-$1"';
  const guard = spawn('sh', ['-c', script, 'stack-guard', String(process.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.once('exit', () => {
    console.error('the guard has ended');
    void stop(1);
  });
}

async function stop(exitCode: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  for (const child of children) child.kill(child.keepsData ? 'SIGTERM' : 'SIGKILL');
  await untilEnded(STOP_TIMEOUT_MS);
  for (const child of children) child.kill('SIGKILL');
  await untilEnded(STOP_TIMEOUT_MS);
  removeState(options.directory, options.isPersistent);
  process.exit(exitCode);
}

async function untilEnded(timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline && children.some((child) => !child.ending())) await delay(10);
}

/** Kills or restarts one process, for tests of its failure. */
async function carryOut({ kill, revive }: ProcessOrder): Promise<void> {
  const index = children.findIndex(({ name }) => name === (kill ?? revive));
  const child = children[index];
  if (!child) return tell({ refused: `no process ${kill ?? revive}` });
  if (revive !== undefined) {
    children[index] = child.again();
    return tell({ done: revive });
  }
  child.onEnd(() => tell({ done: child.name }));
  child.kill('SIGKILL');
}

function tell(message: object): void {
  if (process.connected) process.send?.(message);
}

async function main(): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
  process.on('message', (message) => {
    if (message === 'stay') isStaying = true;
    else void carryOut(processOrderSchema.parse(message));
  });
  process.on('disconnect', () => {
    if (!isStaying) void stop(0);
  });
  startGuard();
  try {
    const stack = await boot(
      options,
      (text) => tell({ progress: text }),
      (child) => {
        children.push(child);
        if (isStopping) child.kill('SIGKILL');
        child.onEnd((ending) => {
          if (!isStopping) console.error(`${child.name} ended with ${ending}`);
        });
      },
    );
    const { description } = stackFiles(options.directory);
    writeFileSync(`${description}.new`, JSON.stringify(stack, null, 2), { mode: 0o600 });
    renameSync(`${description}.new`, description);
    tell({ stack });
  } catch (error) {
    console.error(error);
    if (process.connected) {
      process.send?.({ failure: error instanceof Error ? error.message : String(error) }, () => void stop(1));
    } else {
      await stop(1);
    }
  }
}

void main();
