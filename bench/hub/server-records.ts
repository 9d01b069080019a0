import { DatabaseSync } from 'node:sqlite';

/** Records of a JupyterHub, read from its database without requests to the hub. */
export interface ServerRecords {
  /** Names of users with a server, in any state. */
  users(): ReadonlySet<string>;
  close(): void;
}

const USERS_WITH_SERVER =
  'SELECT users.name AS name FROM spawners JOIN users ON users.id = spawners.user_id WHERE server_id IS NOT NULL';

/** Opens the database of a hub of the stack. */
export function readServerRecords(file: string): ServerRecords {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  const query = database.prepare(USERS_WITH_SERVER);
  return {
    users: () => new Set(query.all().map(({ name }) => String(name))),
    close: () => database.close(),
  };
}
