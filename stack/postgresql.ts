import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Launch, waitFor } from './child';
import { runCommand } from './command';
import type { PostgresqlDescription } from './description';
import type { stackFiles } from './files';
import type { Ports } from './plan';

const OWNER = 'stack';

type Files = Pick<ReturnType<typeof stackFiles>, 'postgresqlData' | 'postgresqlPassword'>;

interface PostgresqlPlaces {
  readonly directory: string;
  readonly binaries: Readonly<Record<string, string>>;
  readonly files: Files;
  readonly launch: Launch;
}

/** What users of the stack need to know of its PostgreSQL; the password stays with the data. */
export function describePostgresql(
  { postgresql }: Ports,
  { postgresqlPassword }: Files,
): PostgresqlDescription {
  if (!existsSync(postgresqlPassword)) {
    writeFileSync(postgresqlPassword, randomBytes(16).toString('hex'), { mode: 0o600 });
  }
  const password = readFileSync(postgresqlPassword, 'utf8');
  return { url: `postgresql://${OWNER}:${password}@127.0.0.1:${postgresql}/postgres` };
}

/** Starts PostgreSQL, with its data of last time if there are any, and waits until it takes connections. */
export async function startPostgresql(
  { postgresql }: Ports,
  { directory, binaries, files, launch }: PostgresqlPlaces,
): Promise<void> {
  const { postgresqlData, postgresqlPassword } = files;
  const run = (binary: string, args: readonly string[]) => unprivileged(binaries[binary] ?? '', args);
  if (!existsSync(postgresqlData)) {
    const [command = '', ...args] = run('initdb', [
      `--pgdata=${postgresqlData}`,
      `--username=${OWNER}`,
      `--pwfile=${postgresqlPassword}`,
      '--auth=scram-sha-256',
      '--no-locale',
      '--encoding=UTF8',
      '--no-sync',
    ]);
    await runCommand(command, args, { cwd: directory, env: process.env });
  }
  const [command = '', ...args] = run('postgres', ['-D', postgresqlData, ...settings(postgresql)]);
  const child = launch({ name: 'postgresql', command, args, keepsData: true });
  // The file by which `pg_ctl` knows it too.
  await waitFor('postgresql', [child], async () => {
    return readFileSync(join(postgresqlData, 'postmaster.pid'), 'utf8').includes('\nready');
  });
}

function settings(port: number): string[] {
  const values = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    jit: 'off',
    // Nothing outside of its own folder, which may go while it runs.
    dynamic_shared_memory_type: 'mmap',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * A command with the libraries that were unpacked beside it. PostgreSQL refuses to run as root: it gets another user
 * then, with the one right that takes it to its files, which may be below a folder that is closed to others.
 */
function unprivileged(binary: string, args: readonly string[]): string[] {
  const root = resolve(binary, '../../../../../..');
  const architecture = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  const libraries = ['usr/lib', 'lib'].map((folder) => join(root, folder, architecture));
  const command = ['env', `LD_LIBRARY_PATH=${libraries.join(':')}`, binary, ...args];
  if (process.getuid?.() !== 0) return command;
  const user = ['--reuid=nobody', '--regid=nogroup', '--clear-groups'];
  return ['setpriv', ...user, '--inh-caps=+dac_override', '--ambient-caps=+dac_override', ...command];
}
