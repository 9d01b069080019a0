import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Binaries } from './build';
import { type Launch, waitFor } from './child';
import { runCommand } from './command';
import type { PostgresqlDescription } from './description';
import type { StackFiles } from './files';

/** Its superuser. */
export const OWNER = 'stack';

interface PostgresqlSetup {
  readonly directory: string;
  readonly binaries: Binaries;
  readonly files: StackFiles;
  readonly launch: Launch;
  /** Address where it listens besides its socket, there with a password; null for none. */
  readonly listen: string | null;
}

/** Description of the stack's PostgreSQL. */
export function describePostgresql({ postgresqlData }: StackFiles): PostgresqlDescription {
  return { url: `postgresql://${OWNER}@/postgres?host=${encodeURIComponent(postgresqlData)}` };
}

/** Starts PostgreSQL, with earlier data if there are any, and waits until it accepts connections. */
export async function startPostgresql({
  directory,
  binaries,
  files,
  launch,
  listen,
}: PostgresqlSetup): Promise<void> {
  const { postgresqlData, postgresqlPassword } = files;
  const run = (binary: string, args: readonly string[]) => unprivileged(binaries[binary] ?? '', args);
  if (!existsSync(postgresqlData)) {
    writeFileSync(postgresqlPassword, randomBytes(16).toString('hex'), { mode: 0o600 });
    const authentication = [
      '--auth-local=trust',
      '--auth-host=scram-sha-256',
      `--pwfile=${postgresqlPassword}`,
    ];
    const flags = [...authentication, '--no-locale', '--encoding=UTF8', '--no-sync'];
    const [command = '', ...args] = run('initdb', [
      `--pgdata=${postgresqlData}`,
      `--username=${OWNER}`,
      ...flags,
    ]);
    await runCommand(command, args, { cwd: directory, env: process.env });
  }
  const [command = '', ...args] = run('postgres', [
    '-D',
    postgresqlData,
    ...settings(postgresqlData, listen),
  ]);
  const child = launch({ name: 'postgresql', command, args, keepsData: true });
  // The file by which `pg_ctl` finds it as well.
  await waitFor('postgresql', [child], async () => {
    return readFileSync(join(postgresqlData, 'postmaster.pid'), 'utf8').includes('\nready');
  });
}

function settings(directory: string, listen: string | null): string[] {
  const values = {
    listen_addresses: listen ?? '',
    // In the data folder, which only its owner can enter.
    unix_socket_directories: directory,
    fsync: 'off',
    jit: 'off',
    // Shared memory in that folder, which may be removed while PostgreSQL runs.
    dynamic_shared_memory_type: 'mmap',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * A command of PostgreSQL with the libraries that were unpacked beside it. PostgreSQL refuses to run as root: then it runs as
 * another user, with one capability to reach its files below a folder that is closed to others.
 */
export function unprivileged(binary: string, args: readonly string[]): string[] {
  const command = ['env', `LD_LIBRARY_PATH=${librariesOf(binary)}`, binary, ...args];
  if (process.getuid?.() !== 0) return command;
  const user = ['--reuid=nobody', '--regid=nogroup', '--clear-groups'];
  return ['setpriv', ...user, '--inh-caps=+dac_override', '--ambient-caps=+dac_override', ...command];
}

/** The folders of libraries that were unpacked with a program of PostgreSQL, as the dynamic linker takes them. */
export function librariesOf(binary: string): string {
  const root = resolve(binary, '../../../../../..');
  const architecture = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  return ['usr/lib', 'lib'].map((folder) => join(root, folder, architecture)).join(':');
}
