import type { V1ConfigMap } from '@kubernetes/client-node';
import type { Config } from '../../config/config';
import { nssConfigMapName } from '../../domain/names';
import type { PosixUser } from '../../domain/user';
import { labConfigMap } from './config-map';
import { homeDirectory } from './home';
import type { LabObjectsInput } from './input';

type NssConfig = Config['lab']['nss'];

/** Makes text safe as one field: a colon or control character would add fields or lines. */
function fieldText(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029:]/gu, ' ');
}

/** A name at the start of its line, where `#` makes a comment, `+` and `-` ask NIS, and blanks vanish. */
function entryName(name: string): string {
  return fieldText(name).replace(/^([\s#+-]|$)/, '_');
}

function fileText(base: string, lines: readonly (readonly (string | number)[])[]): string {
  const start = base === '' || base.endsWith('\n') ? base : `${base}\n`;
  return (
    start + lines.map((fields) => `${fields.map((field) => fieldText(String(field))).join(':')}\n`).join('')
  );
}

function passwdText({ basePasswd, extraUsers }: NssConfig, user: PosixUser, home: string): string {
  const extras = extraUsers
    .filter(({ name, uid }) => name !== user.username && uid !== user.uid)
    .map(({ name, uid, gid, gecos, home, shell }) => [name, 'x', uid, gid, gecos, home, shell]);
  const own = [entryName(user.username), 'x', user.uid, user.gid, user.name ?? '', home, '/bin/bash'];
  return fileText(basePasswd, [...extras, own]);
}

function groupText({ baseGroup, extraGroups }: NssConfig, user: PosixUser): string {
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

/** The ConfigMap of the lab's passwd and group files. */
export function nssConfigMap(input: LabObjectsInput): V1ConfigMap {
  const { lab } = input.config;
  const { user } = input.plan;
  return labConfigMap(input, nssConfigMapName(user.username), {
    passwd: passwdText(lab.nss, user, homeDirectory(lab, user.username)),
    group: groupText(lab.nss, user),
  });
}
