import type { Config } from '../../config/config';
import type { PosixUser } from '../../domain/user';

type HomeConfig = Pick<Config['lab'], 'homedirPrefix' | 'homedirSchema' | 'homedirSuffix'>;

/** A user's home directory inside labs, such as `/home/rachel` or `/home/r/rachel`. */
export function homeDirectory(lab: HomeConfig, username: string): string {
  const initial = lab.homedirSchema === 'initialThenUsername' ? [...username].slice(0, 1) : [];
  const suffix = lab.homedirSuffix === '' ? [] : [lab.homedirSuffix];
  return [lab.homedirPrefix, ...initial, username, ...suffix].join('/');
}

type NssConfig = Config['lab']['nss'];

/** Replaces what would add fields or lines: colons and control characters. */
function fieldText(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029:]/gu, ' ');
}

/** A name at the start of a line, where `#` begins a comment, `+` and `-` are for NIS, and blanks are dropped. */
function entryName(name: string): string {
  return fieldText(name).replace(/^([\s#+-]|$)/, '_');
}

function fileText(base: string, lines: readonly (readonly (string | number)[])[]): string {
  const start = base === '' || base.endsWith('\n') ? base : `${base}\n`;
  return (
    start + lines.map((fields) => `${fields.map((field) => fieldText(String(field))).join(':')}\n`).join('')
  );
}

/** The passwd file of a lab: the configured entries, and its user. */
export function passwdText({ basePasswd, extraUsers }: NssConfig, user: PosixUser, home: string): string {
  const extras = extraUsers
    .filter(({ name, uid }) => name !== user.username && uid !== user.uid)
    .map(({ name, uid, gid, gecos, home, shell }) => [name, 'x', uid, gid, gecos, home, shell]);
  const own = [entryName(user.username), 'x', user.uid, user.gid, user.name ?? '', home, '/bin/bash'];
  return fileText(basePasswd, [...extras, own]);
}

/** The group file of a lab: the configured entries, and its user's groups. */
export function groupText({ baseGroup, extraGroups }: NssConfig, user: PosixUser): string {
  const extras = extraGroups
    .filter((extra) => !user.groups.some(({ name, id }) => name === extra.name || id === extra.gid))
    .map(({ name, gid, members }) => [name, 'x', gid, members.join(',')]);
  const own = user.groups.map(({ name, id }) => [
    entryName(name),
    'x',
    id,
    id === user.gid ? '' : entryName(user.username),
  ]);
  return fileText(baseGroup, [...extras, ...own]);
}
