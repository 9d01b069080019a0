/** Host, port, database and user, in which a backslash hides the next character; what follows is the password. */
const CONNECTION = /^(?!#)((?:\\.|[^\\:])*:){4}/;

const linesOf = (text: string): string[] => text.split(/\r?\n/).filter((line) => line.trim() !== '');

/**
 * Merges PostgreSQL password files: the site's passwords replace those for the same connection, all else of the
 * user's stays as it is written.
 */
export function mergePasswords(own: string, site: string): string {
  const given = new Map(
    linesOf(site).flatMap((line) => {
      const connection = CONNECTION.exec(line)?.[0];
      return connection === undefined ? [] : [[connection, line]];
    }),
  );
  const placed = new Set<string>();
  const kept = linesOf(own).flatMap((line) => {
    const connection = CONNECTION.exec(line)?.[0];
    const replacement = connection === undefined ? undefined : given.get(connection);
    if (connection === undefined || replacement === undefined) return [line];
    if (placed.has(connection)) return [];
    placed.add(connection);
    return [replacement];
  });
  const added = [...given].filter(([connection]) => !placed.has(connection)).map(([, line]) => line);
  return [...kept, ...added].map((line) => `${line}\n`).join('');
}
