import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildComponents } from '../../stack/build';
import { type Child, startChild } from '../../stack/child';
import { POSTGRESQL, POSTGRESQL_CLIENTS } from '../../stack/components';
import { librariesOf, unprivileged } from '../../stack/postgresql';
import { composeService } from './compose';
import type { ComposeProcesses } from './compose-processes';

const run = promisify(execFile);

/** PostgreSQL of the compose file, at an address and at the socket in its volume. */
export interface ComposeDatabase {
  /** What the entry point of its image does for an empty folder, with the same variables, but for the databases. */
  initialize(): Promise<void>;
  start(): Child;
  /** What that entry point does afterwards. */
  createDatabases(): Promise<void>;
  /** Lets in everyone, with the next start. */
  trust(): void;
  /** Runs psql. */
  sql(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>;
}

/** The programs of PostgreSQL. */
export interface DatabasePrograms {
  readonly initdb: string;
  readonly postgres: string;
  readonly psql: string;
  readonly isReady: string;
  /** Folders of libraries that the clients need. */
  readonly libraries: string;
}

/** Builds what of PostgreSQL is missing. */
export async function databasePrograms(): Promise<DatabasePrograms> {
  const { initdb = '', postgres = '' } = await buildComponents({ components: [POSTGRESQL] });
  const { psql = '', pg_isready: isReady = '' } = await buildComponents({ components: [POSTGRESQL_CLIENTS] });
  const libraries = [librariesOf(psql), librariesOf(postgres)].join(':');
  return { initdb, postgres, psql, isReady, libraries };
}

/** The database of services in a folder, listening at an address. */
export function composeDatabase(
  programs: DatabasePrograms,
  processes: ComposeProcesses,
  place: { readonly directory: string; readonly address: string },
): ComposeDatabase {
  const { directory, address } = place;
  const { POSTGRES_USER: user = '', POSTGRES_PASSWORD_FILE: file = '' } =
    composeService('postgresql').environment;
  const data = join(processes.volume('database'), 'data');
  const socket = processes.volume('database-socket');
  const sql: ComposeDatabase['sql'] = async (args, environment = {}) => {
    const env = { ...processes.environment, LD_LIBRARY_PATH: programs.libraries, ...environment };
    const where = environment['PGHOST'] === undefined ? ['--host', socket] : [];
    const options = [...where, `--username=${user}`, '--set=ON_ERROR_STOP=1', ...args];
    return (await run(programs.psql, options, { env, cwd: directory })).stdout;
  };
  return {
    async initialize() {
      const auth = [
        '--auth-local=trust',
        '--auth-host=scram-sha-256',
        '--no-locale',
        '--encoding=UTF8',
        '--no-sync',
      ];
      const [command = '', ...args] = unprivileged(programs.initdb, [
        `--pgdata=${data}`,
        `--username=${user}`,
        `--pwfile=${processes.translated('postgresql', file)}`,
        ...auth,
      ]);
      await run(command, args, { cwd: directory });
    },
    start() {
      const settings = {
        listen_addresses: address,
        unix_socket_directories: socket,
        fsync: 'off',
        jit: 'off',
        dynamic_shared_memory_type: 'mmap',
      };
      const [command = '', ...args] = unprivileged(programs.postgres, [
        '-D',
        data,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ]);
      const plan = { name: 'postgresql', command, args };
      return startChild(plan, { directory, logFile: join(directory, 'postgresql.log') });
    },
    async createDatabases() {
      await sql(['--dbname=postgres', `--command=CREATE DATABASE ${user}`]);
      const script = processes.inside('postgresql', '/docker-entrypoint-initdb.d/databases.sql');
      await sql([`--dbname=${user}`, `--file=${script}`]);
    },
    trust: () => writeFileSync(join(data, 'pg_hba.conf'), 'local all all trust\nhost all all all trust\n'),
    sql,
  };
}
