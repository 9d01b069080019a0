import { spawn } from 'node:child_process';

const KEPT_LINES = 20;

/** Runs a command to its end, with its output hidden. @throws Error with the last lines of the output when it fails. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const keep = (chunk: Buffer) => {
    lines.push(...chunk.toString().split('\n').filter(Boolean));
    lines.splice(0, lines.length - KEPT_LINES);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const name = [command.split('/').at(-1), ...args.filter((arg) => !arg.startsWith('-')).slice(0, 1)].join(
    ' ',
  );
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${lines.join('\n')}`);
}
